"""What stands between a well filled form and its being saved: a real check, and whom the change takes its way."""

import re

import pytest
from django.urls import reverse

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent, Membership
from diagnosis.explain import explain_cause
from mailsettings import catalog, checking, effects, services
from mailsettings.checking import Found
from mailsettings.models import CompanyMailSettings, Credential, CredentialKind, MicrosoftApp, SmtpServer
from tests.accounts.sign_in import sign_in
from tests.mailsettings import forms_data as typed

BAD = Found([], explain_cause("client_secret_invalid", provider="microsoft", flow="client_credentials"))


@pytest.fixture
def checks(monkeypatch):
    """Checks that were asked for; what they find is set in `answer`."""

    class Checks(list):
        answer = Found()

        def __call__(self, area, viewer, form):
            self.append((area, form.secret))
            return self.answer

    asked = Checks()
    monkeypatch.setattr(checking, "_checks", [asked])
    return asked


@pytest.fixture
def post(client, world):
    sign_in(client, world.admin)

    def send(name, values, **more):
        return client.post(reverse(name, args=[world.company.code]), values | more)

    return send


def hidden(answer, name):
    found = re.search(rf'name="{name}" value="([^"]+)"', answer.content.decode())
    return found[1] if found else ""


def test_what_a_check_finds_good_is_saved_and_audited(post, checks):
    answer = post("settings-office365", typed.office365(), save="checked")
    assert answer.status_code == 302
    assert MicrosoftApp.objects.exists()
    assert checks == [("office365", typed.CLIENT_SECRET)]
    assert AuditEvent.objects.get(action="settings.checked").details == {"area": "office365", "cause": ""}


def test_what_a_check_finds_wrong_is_shown_beside_the_form_and_not_saved(post, checks):
    checks.answer = BAD
    text = post("settings-office365", typed.office365(), save="checked").content.decode()
    assert not MicrosoftApp.objects.exists()
    assert not Credential.objects.exists()
    assert str(BAD.explanation.title) in text
    assert f'value="{typed.DIRECTORY_ID}"' in text
    assert typed.CLIENT_SECRET not in text


def test_it_is_saved_all_the_same_when_chosen_without_typing_the_secret_again(post, checks):
    checks.answer = BAD
    kept = hidden(post("settings-office365", typed.office365(), save="checked"), "kept")
    again = typed.office365(client_secret="")
    assert post("settings-office365", again, save="unchecked", kept=kept).status_code == 302
    assert len(checks) == 1
    assert Credential.objects.get(kind=CredentialKind.CLIENT_SECRET).reveal() == typed.CLIENT_SECRET


@pytest.mark.parametrize(
    ("page", "values", "field", "wrong", "right"),
    [
        ("settings-office365", typed.office365(), "client_id", "no id", typed.CLIENT_ID),
        ("settings-office365", typed.office365(), "secret_expires_on", "2020-01-01", typed.ENDS),
        ("settings-smtp", typed.smtp(), "port", "993", "587"),
        ("settings-smtp", typed.smtp(), "user_name", "", "orders@firm.example"),
    ],
)
def test_a_secret_is_kept_whatever_else_was_wrong_and_not_shown(post, page, values, field, wrong, right):
    secret = "client_secret" if page == "settings-office365" else "password"
    answer = post(page, values | {field: wrong})
    assert values[secret] not in answer.content.decode()
    assert "What you typed is kept for the next try." in answer.content.decode()
    again = values | {secret: "", field: right}
    assert post(page, again, kept=hidden(answer, "kept")).status_code == 302
    assert Credential.objects.get().reveal() == values[secret]


def test_a_new_password_is_not_given_up_for_the_old_one_by_a_mistake_elsewhere(post):
    post("settings-smtp", typed.smtp(password="the old one"))
    answer = post("settings-smtp", typed.smtp(password="the new one", port="993"))
    post("settings-smtp", typed.smtp(password=""), kept=hidden(answer, "kept"))
    assert Credential.objects.get().reveal() == "the new one"


def test_a_password_for_nobody_knows_which_server_is_not_kept_and_the_page_says_so(post):
    answer = post("settings-smtp", typed.smtp(host="smtp://firm"))
    assert hidden(answer, "kept") == ""
    assert "What you typed here is not kept. Type it again." in answer.content.decode()


def test_a_password_that_is_not_used_is_not_kept_either(post):
    answer = post("settings-smtp", typed.smtp(authentication="none"))
    assert hidden(answer, "kept") == ""
    checked = hidden(post("settings-smtp", typed.smtp(port="993")), "kept")
    without = typed.smtp(authentication="none", user_name="", password="")
    assert post("settings-smtp", without, kept=checked).status_code == 302
    assert not Credential.objects.exists()


def test_the_panel_beside_the_form_knows_of_a_kept_secret(post, client, world):
    answer = post("settings-office365", typed.office365(tenant_id="common"))
    again = typed.office365(client_secret="", kept=hidden(answer, "kept"))
    shown = client.post(reverse("settings-missing-office365", args=[world.company.code]), again)
    assert "Nothing is missing" in shown.content.decode()


def test_a_secret_that_takes_over_later_is_kept_as_well(post):
    post("settings-office365", typed.office365())
    new = {"way": "secret", "client_secret": "new8Q~secret", "secret_expires_on": "2020-01-01"}
    answer = post("app-credential", new)
    assert "new8Q~secret" not in answer.content.decode()
    right = new | {"client_secret": "", "secret_expires_on": typed.ENDS}
    assert post("app-credential", right, kept=hidden(answer, "kept")).status_code == 302
    assert {one.reveal() for one in Credential.objects.all()} == {typed.CLIENT_SECRET, "new8Q~secret"}


def test_a_person_types_a_password_once_though_the_name_beside_it_was_wrong(client, world, post):
    services.save_smtp_server(world.company, {"host": "mail.firm.example", "port": 587}, actor=COMMAND_LINE)
    answer = post("profile-password", {"user_name": "two words@x", "password": "mine alone", "from_name": ""})
    assert "mine alone" not in answer.content.decode()
    again = {"user_name": "", "password": "", "from_name": ""}
    assert post("profile-password", again, kept=hidden(answer, "kept")).status_code == 302
    assert Credential.objects.get().reveal() == "mine alone"


def test_a_kept_secret_is_not_told_to_another_server(post, checks):
    checks.answer = BAD
    kept = hidden(post("settings-smtp", typed.smtp(), save="checked"), "kept")
    moved = typed.smtp(password="", host="elsewhere.example")
    assert "Type the password" in post("settings-smtp", moved, save="checked", kept=kept).content.decode()
    assert len(checks) == 1


def test_a_kept_secret_is_nobody_elses(client, world, post, checks):
    checks.answer = BAD
    kept = hidden(post("settings-smtp", typed.smtp(), save="checked"), "kept")
    other = Membership.objects.get(pk=world.stranger.pk)
    sign_in(client, other)
    page = reverse("settings-smtp", args=[other.company.code])
    text = client.post(page, typed.smtp(password="") | {"kept": kept, "save": "unchecked"}).content.decode()
    assert "Type the password" in text
    assert not SmtpServer.objects.exists()


def test_only_so_many_checks_go_out_in_a_short_time(post, checks, monkeypatch):
    monkeypatch.setattr("mailsettings.pages.before_saving.MOST_CHECKS", 1)
    checks.answer = BAD
    post("settings-smtp", typed.smtp(), save="checked")
    text = post("settings-smtp", typed.smtp(), save="checked").content.decode()
    assert "many checks in a short time" in text
    assert len(checks) == 1


def goes_by(world, method, *people):
    for person in people:
        Membership.objects.filter(pk=person.pk).update(mail_method=method)


def test_switching_off_what_people_send_by_is_asked_again_with_their_number(post, world):
    goes_by(world, catalog.MICROSOFT_GRAPH, world.user, world.colleague)
    off = typed.policy()
    del off["use_connections"]
    answer = post("settings-policy", off)
    assert "2 people send by Connect to Microsoft now" in answer.content.decode()
    assert not CompanyMailSettings.objects.exists()
    assert post("settings-policy", off, seen=hidden(answer, "seen")).status_code == 302
    assert CompanyMailSettings.objects.get().use_connections is False


def test_what_was_seen_is_seen_anew_when_more_people_are_concerned(post, world):
    goes_by(world, catalog.MICROSOFT_GRAPH, world.user)
    off = typed.policy()
    del off["use_connections"]
    seen = hidden(post("settings-policy", off), "seen")
    goes_by(world, catalog.MICROSOFT_GRAPH, world.colleague)
    assert "2 people send by" in post("settings-policy", off, seen=seen).content.decode()


def test_a_change_that_takes_nothing_from_anybody_is_saved_at_once(post, world):
    goes_by(world, catalog.MICROSOFT_GRAPH, world.user)
    assert post("settings-policy", typed.policy()).status_code == 302


def test_the_page_tells_whom_it_concerns_before_anything_is_changed(client, world):
    goes_by(world, catalog.COMPANY_SMTP, world.user, world.colleague)
    sign_in(client, world.admin)
    text = client.get(reverse("settings-smtp", args=[world.company.code])).content.decode()
    assert "The mail of 2 people leaves by these settings now" in text
    cards = client.get(reverse("settings", args=[world.company.code])).content.decode()
    assert "2 people send this way" in cards
    assert "?method=company_smtp" in cards


def test_another_app_or_server_is_told_to_those_who_have_to_do_it_again(world, post):
    values = {"cloud": "global", "tenant_id": typed.DIRECTORY_ID, "client_id": typed.CLIENT_ID}
    services.save_microsoft_app(world.company, values, actor=COMMAND_LINE)
    services.save_smtp_server(world.company, {"host": "old.example", "port": 587}, actor=COMMAND_LINE)
    goes_by(world, catalog.MICROSOFT_GRAPH, world.user)
    goes_by(world, catalog.SMTP_PASSWORD, world.colleague)
    other = typed.office365(client_id="aaaaaaaa-77aa-4c1e-8d55-0e9f61b7c223")
    assert "1 person sends by the old one" in post("settings-office365", other).content.decode()
    assert "1 person sends with their own password" in post("settings-smtp", typed.smtp()).content.decode()


def test_deleting_a_secret_says_how_many_send_with_it(client, world, post):
    post("settings-office365", typed.office365())
    goes_by(world, catalog.MICROSOFT_GRAPH, world.user, world.colleague, world.support)
    secret = Credential.objects.get()
    assert effects.of_credential(secret) == 3
    text = client.get(reverse("credential-delete", args=[world.company.code, secret.pk])).content.decode()
    assert "3 people send with it now" in text


def test_the_companys_mailbox_is_switched_off_after_its_number_was_seen(world, post):
    values = {"use_fallback_mailbox": True, "fallback_mailbox": "info@alpha.example"}
    services.save_policy(world.company, values, actor=COMMAND_LINE)
    goes_by(world, catalog.COMPANY_MAILBOX, world.user)
    answer = post("company-mailbox", {"fallback_mailbox": "info@alpha.example"})
    assert "1 person sends by" in answer.content.decode()
    other = post("company-mailbox", {"use_fallback_mailbox": "on", "fallback_mailbox": "b@alpha.example"})
    assert "1 person sends by info@alpha.example now" in other.content.decode()
    post("company-mailbox", {"fallback_mailbox": "info@alpha.example"}, seen=hidden(answer, "seen"))
    assert CompanyMailSettings.objects.get().use_fallback_mailbox is False
