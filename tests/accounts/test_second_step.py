import json
import re
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent
from accounts.second_step import factors
from core import crypto
from tests.accounts.codes import STEP_S, recovery_codes, shown, with_app, with_passkey
from tests.accounts.sign_in import sign_in
from tests.factories import make_operator

RIGHT = {"login": "bob@people.example", "password": "correct horse battery"}
NONSENSE = {"id": "AA", "rawId": "AA", "type": "public-key"}
ANSWER = {"clientDataJSON": "e30", "authenticatorData": "AAAA", "signature": "AA", "userHandle": "AAAA"}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_tries_counted_yet():
    cache.clear()


@pytest.fixture
def bob(world):
    return world.user.user


def password_typed(client: Client):
    return client.post(reverse("account_login"), RIGHT)


def second_step(client: Client, code: str):
    return client.post(reverse("mfa_authenticate"), {"code": code})


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def proven(client: Client, person) -> Client:
    """Signed in, and the password typed once more: what a change of the second step asks for."""
    sign_in(client, person)
    client.post(reverse("account_reauthenticate"), {"password": RIGHT["password"]})
    return client


def told(action: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action=action))


def test_the_password_alone_does_not_open_an_account_with_an_app(client, bob):
    secret = with_app(bob)
    assert password_typed(client).url == reverse("mfa_authenticate")
    assert not is_in(client)
    assert client.get(reverse("overview", args=["Alpha"])).status_code == 302
    assert "six digits" in client.get(reverse("mfa_authenticate")).content.decode()
    assert second_step(client, shown(secret)).status_code == 302
    assert is_in(client)


def test_one_comes_back_to_where_one_wanted_to_go(client, bob):
    secret, there = with_app(bob), reverse("outbox", args=["Alpha"])
    client.post(reverse("account_login"), RIGHT | {"next": there})
    assert second_step(client, shown(secret)).url == there


def test_a_wrong_code_and_one_of_another_time_are_refused(client, bob):
    secret = with_app(bob)
    password_typed(client)
    for code in ("000000" if shown(secret) != "000000" else "111111", shown(secret, -4), shown(secret, 4)):
        assert "This code is not right" in second_step(client, code).content.decode()
    assert not is_in(client)


def test_the_clock_of_a_phone_may_be_half_a_minute_off(client, bob):
    secret = with_app(bob)
    password_typed(client)
    second_step(client, shown(secret, -1))
    assert is_in(client)


@pytest.mark.parametrize("typed", ["{}", " {}", "{0[0]}{0[1]}{0[2]} {0[3]}{0[4]}{0[5]}"])
def test_a_code_opens_once_however_it_is_typed(client, bob, monkeypatch, typed):
    secret = with_app(bob)
    code = shown(secret, 1)  # holds for more than a minute from now
    password_typed(client)
    second_step(client, code)
    assert is_in(client)
    overheard = Client()
    password_typed(overheard)
    _allauths_memory_has_ended(bob, code)
    assert "was used already" in second_step(overheard, typed.format(code)).content.decode()
    assert not is_in(overheard)


def _allauths_memory_has_ended(user, code: str) -> None:
    assert cache.delete(f"allauth.mfa.totp.used?user={user.pk}&code={code}"), f"nothing kept for {STEP_S} s"


def test_without_the_key_that_sealed_it_the_page_says_who_mends_it(client, bob, settings):
    secret = with_app(bob)
    password_typed(client)
    _its_key_is_gone(settings)
    assert "encryption keys is missing" in second_step(client, shown(secret)).content.decode()
    assert not is_in(client)


def _its_key_is_gone(settings) -> None:
    settings.ENCRYPTION_KEYS = [f"other:{crypto.new_key()}"]


def test_without_that_key_one_who_is_in_is_told_how_to_come_in_again(client, world, bob, settings):
    with_app(bob)
    proven(client, world.user)
    _its_key_is_gone(settings)
    page = client.get(reverse("mfa_index")).content.decode()
    assert "cannot check the codes of your app" in page
    assert page.count("Cannot be read") == 2, "the app and the codes"
    assert "Set up</span>" not in page
    client.post(reverse("mfa_deactivate_totp"))
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    client.post(reverse("mfa_activate_totp"), {"code": shown(secret)})
    assert "cannot" not in client.get(reverse("mfa_index")).content.decode()
    other = Client()
    password_typed(other)
    second_step(other, recovery_codes(bob)[0])
    assert is_in(other)


def test_recovery_codes_that_cannot_be_read_are_made_anew(client, world, bob, settings):
    with_passkey(bob)
    RecoveryCodes.activate(bob)
    proven(client, world.user)
    _its_key_is_gone(settings)
    assert "Make new ones" in client.get(reverse("mfa_index")).content.decode()
    for name in ("mfa_view_recovery_codes", "mfa_download_recovery_codes"):
        answer = client.get(reverse(name))
        assert answer.status_code == 503
        assert "one of the portal’s encryption keys is missing" in answer.content.decode()
    assert (
        "The ones you have stop working"
        in client.get(reverse("mfa_generate_recovery_codes")).content.decode()
    )
    client.post(reverse("mfa_generate_recovery_codes"))
    codes = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert all(code in codes for code in recovery_codes(bob))


def test_an_app_that_is_being_set_up_while_the_key_goes_is_not_an_error(client, world, bob, settings):
    proven(client, world.user)
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    _its_key_is_gone(settings)
    assert client.post(reverse("mfa_activate_totp"), {"code": shown(secret)}).status_code == 503
    assert not factors.is_on(bob)


def test_too_many_codes_have_to_wait_even_for_the_right_one(client, bob):
    secret = with_app(bob)
    password_typed(client)
    for _try in range(5):
        second_step(client, "1")
    assert "Too many failed tries" in second_step(client, shown(secret)).content.decode()
    assert not is_in(client)


def test_whoever_waits_at_the_second_step_while_it_is_removed_signs_in_anew(client, bob):
    with_app(bob)
    password_typed(client)
    call_command("removefactors", bob.email, stdout=StringIO())
    again = client.get(reverse("mfa_authenticate"), follow=True)
    assert again.request["PATH_INFO"] == reverse("account_login")
    password_typed(client)
    assert is_in(client)


def test_after_a_refused_passkey_one_still_comes_to_where_one_wanted_to_go(client, world, bob):
    with_passkey(bob)
    sign_in(client, world.user)
    page, there = reverse("mfa_reauthenticate_webauthn"), reverse("profile-gmail", args=["Alpha"])
    client.get(page, {"next": there})
    answer = {"credential": json.dumps(NONSENSE | {"response": ANSWER}), "next": there}
    again = client.post(page, answer, follow=True)
    assert again.request["PATH_INFO"] == page
    assert f'name="next" value="{there}"' in again.content.decode()
    assert "This passkey does not belong" in again.content.decode()


def test_a_recovery_code_opens_once_and_that_is_told(
    client, bob, mailoutbox, django_capture_on_commit_callbacks
):
    with_app(bob)
    code = recovery_codes(bob)[0]
    password_typed(client)
    with django_capture_on_commit_callbacks(execute=True):
        second_step(client, code)
    assert is_in(client)
    assert [event.actor for event in told("user.recovery_code_used")] == [bob]
    assert "One of your recovery codes was used." in mailoutbox[0].body
    other = Client()
    password_typed(other)
    second_step(other, code)
    assert not is_in(other)


def test_a_new_password_by_letter_does_not_get_around_it(client, bob, mailoutbox):
    with_app(bob)
    client.post(reverse("account_reset_password"), {"email": bob.email})
    link = re.search(r"http://testserver(\S+)", mailoutbox[0].body)[1]
    form = client.get(link, follow=True).request["PATH_INFO"]
    client.post(form, {"password1": "quite another sentence"})
    answer = client.post(reverse("account_login"), RIGHT | {"password": "quite another sentence"})
    assert answer.url == reverse("mfa_authenticate")
    assert not is_in(client)


def test_the_operators_sign_in_asks_for_it_too(client):
    operator = make_operator()
    with_app(operator)
    asked = client.get(reverse("admin:login"), follow=True)
    assert asked.request["PATH_INFO"] == reverse("account_login")
    client.post(reverse("account_login"), RIGHT | {"login": operator.email})
    assert client.get(reverse("admin:index")).status_code == 302


def test_an_account_that_was_closed_stays_closed(client, bob):
    secret = with_app(bob)
    password_typed(client)
    bob.is_active = False
    bob.save()
    second_step(client, shown(secret))
    assert client.get(reverse("overview", args=["Alpha"])).status_code == 302


def test_an_app_is_set_up_with_a_code_and_leaves_recovery_codes(
    client, world, bob, mailoutbox, django_capture_on_commit_callbacks
):
    proven(client, world.user)
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    assert "data:image/svg+xml" in page.content.decode()
    key = re.search(r"<pre[^>]*>([A-Z2-7 ]+)</pre>", page.content.decode())[1]
    assert re.fullmatch(r"(\w{4} ){7}\w{4}", key), "to be read and typed, not cut off in a field"
    assert key.replace(" ", "") == secret
    refused = client.post(reverse("mfa_activate_totp"), {"code": "1"})
    assert refused.context["form"].secret == secret, "the app has scanned it by now"
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post(reverse("mfa_activate_totp"), {"code": shown(secret)})
    assert done.url == reverse("mfa_view_recovery_codes")
    assert [event.object_label for event in told("user.app_set_up")] == [bob.email]
    assert [letter.to for letter in mailoutbox] == [[bob.email]]
    assert "authenticator app" in mailoutbox[0].body
    assert "127.0.0.1" in mailoutbox[0].body
    codes = client.get(done.url).content.decode()
    assert all(code in codes for code in recovery_codes(bob))
    file = client.get(reverse("mfa_download_recovery_codes")).content.decode()
    assert file.split() == recovery_codes(bob)


def test_no_secret_waits_or_is_kept_in_the_clear(client, world, bob):
    proven(client, world.user)
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    assert secret not in json.dumps(dict(client.session))
    client.post(reverse("mfa_activate_totp"), {"code": shown(secret)})
    kept = {row.type: row.data for row in Authenticator.objects.filter(user=bob)}
    assert secret not in json.dumps(kept)
    assert kept["totp"]["secret"].startswith("test:")
    assert kept["recovery_codes"]["seed"].startswith("test:")
    assert secret not in json.dumps(dict(client.session))


@pytest.mark.parametrize(
    "name",
    [
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_add_webauthn",
        "mfa_view_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_generate_recovery_codes",
    ],
)
def test_nothing_is_shown_or_changed_before_one_proves_again_who_one_is(client, world, bob, name):
    if name != "mfa_activate_totp":
        with_app(bob)
    sign_in(client, world.user)
    before = list(Authenticator.objects.values())
    for answer in (client.get(reverse(name)), client.post(reverse(name))):
        assert answer.status_code == 405 or answer.url.startswith(reverse("account_reauthenticate"))
    assert list(Authenticator.objects.values()) == before
    proven(client, world.user)
    assert client.get(reverse(name)).status_code == 200


def test_a_code_proves_it_again_for_the_pages_that_take_a_secret(client, world, bob):
    secret, page = with_app(bob), reverse("profile-gmail", args=["Alpha"])
    sign_in(client, world.user, minutes_ago=16)
    asked = client.get(page).url
    other = re.search(r'href="(/accounts/2fa/reauthenticate/[^"]*)"', client.get(asked).content.decode())[1]
    assert "Type a code again" in client.get(other).content.decode()
    wrong = client.post(other, {"code": "1", "next": page})
    assert "This code is not right" in wrong.content.decode()
    assert client.post(other, {"code": shown(secret), "next": page}).url == page
    assert client.get(page).status_code == 200


def test_removing_the_app_takes_the_recovery_codes_along(client, world, bob, mailoutbox):
    with_app(bob)
    proven(client, world.user)
    assert "Remove the authenticator app?" in client.get(reverse("mfa_deactivate_totp")).content.decode()
    assert client.post(reverse("mfa_deactivate_totp")).url == reverse("mfa_index")
    assert not Authenticator.objects.filter(user=bob).exists()
    assert [event.actor for event in told("user.app_removed")] == [bob]
    other = Client()
    password_typed(other)
    assert is_in(other)


def test_new_recovery_codes_end_the_old_ones(
    client, world, bob, mailoutbox, django_capture_on_commit_callbacks
):
    with_app(bob)
    old = recovery_codes(bob)
    proven(client, world.user)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("mfa_generate_recovery_codes"))
    assert not set(old) & set(recovery_codes(bob))
    assert len(told("user.recovery_codes_made")) == 1
    assert "The old ones do not work any more." in mailoutbox[0].body


def test_a_mailbox_that_takes_no_letter_stops_nothing(
    client, world, bob, settings, django_capture_on_commit_callbacks
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with_app(bob)
    proven(client, world.user)
    with django_capture_on_commit_callbacks(execute=True) as letters:
        assert client.post(reverse("mfa_deactivate_totp")).status_code == 302
    assert len(letters) == 1
    assert not factors.is_on(bob)


def test_with_a_passkey_alone_the_code_asked_for_is_a_recovery_code(client, bob):
    with_passkey(bob)
    password_typed(client)
    page = client.get(reverse("mfa_authenticate")).content.decode()
    assert "Use a passkey" in page
    assert "Recovery code" in page
    assert "six digits" not in page
    assert not is_in(client)


def test_nobody_touches_the_passkeys_of_somebody_else(client, world, bob):
    key = with_passkey(bob)
    proven(client, world.colleague)
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        address = reverse(name, args=[key.pk])
        assert [client.get(address).status_code, client.post(address).status_code] == [404, 404]
    assert Authenticator.objects.filter(pk=key.pk).exists()


@pytest.mark.parametrize("answer", [{}, ANSWER, ANSWER | {"attestationObject": "oA"}, {"clientDataJSON": 1}])
def test_what_no_passkey_answers_is_refused_in_words(client, world, answer):
    posted = {"credential": json.dumps(NONSENSE | {"response": answer})}
    options = client.get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"}).json()
    assert options["request_options"]["publicKey"]["userVerification"] == "required"
    signing_in = client.post(reverse("mfa_login_webauthn"), posted, follow=True).content.decode()
    assert "This passkey does not belong" in signing_in
    assert not is_in(client)
    proven(client, world.user)
    client.get(reverse("mfa_add_webauthn"))
    added = client.post(reverse("mfa_add_webauthn"), posted).content.decode()
    assert "The passkey was not made" in added
    assert not Authenticator.objects.exists()


def test_a_passkey_belongs_to_the_host_of_the_public_address(client, world, settings):
    proven(client, world.user)
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = "http://localhost:8000", ["*"]
    options = client.get(reverse("mfa_add_webauthn"), headers={"host": "localhost:8000"}).context["js_data"]
    assert dict(options["creation_options"]["publicKey"]["rp"]) == {"id": "localhost", "name": "Postroom"}


def test_the_operators_pages_do_not_show_what_is_kept_for_it(client, bob):
    with_app(bob)
    sign_in(client, make_operator())
    assert client.get("/operator/mfa/authenticator/").status_code == 404


def test_whoever_lost_everything_is_helped_from_the_command_line(
    client, bob, mailoutbox, django_capture_on_commit_callbacks
):
    with_app(bob)
    with_passkey(bob)
    out = StringIO()
    with django_capture_on_commit_callbacks(execute=True):
        call_command("removefactors", "Bob@People.example", stdout=out)
    assert "bob@people.example" in out.getvalue()
    assert not Authenticator.objects.filter(user=bob).exists()
    assert [event.actor_label for event in told("user.second_step_removed")] == ["command line"]
    assert "Your password alone opens your account now" in mailoutbox[0].body
    password_typed(client)
    assert is_in(client)


@pytest.mark.parametrize("email", ["bob@people.example", "nobody@people.example"])
def test_the_command_says_when_there_is_nothing_to_remove(world, email):
    with pytest.raises(CommandError, match=r"no second step|Nobody has"):
        call_command("removefactors", email)
    assert AuditEvent.objects.count() == 0
