import re
from datetime import timedelta
from html import unescape

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent
from alarms import services, telling
from alarms.models import Alarm, Telling, WorkerSeen
from alarms.pages import alarms as page
from sender import actions
from sender.models import SendingMailbox
from tests.accounts.sign_in import sign_in
from tests.alarms.wrong import connection_lost, look, paused, secret_ending
from tests.factories import make_company, make_member, make_operator
from tests.sender.helpers import hand_over
from tests.webhooks.listeners import listener
from webhooks.kinds import EventKind


def get(client, person, name: str, **query) -> str:
    sign_in(client, person)
    return client.get(reverse(name, args=["Alpha"]), query).content.decode()


def test_an_open_alarm_says_since_when_whom_it_was_told_to_and_how_to_mend_it(client, world):
    paused(world.company)
    look()
    telling.deliver(timezone.now() + telling.GATHER)
    text = get(client, world.admin, "alarms")
    assert "Company mail server needs attention." in text
    assert "1 message about it" in text
    assert "alice@people.example" in text
    assert f'href="{reverse("settings-smtp", args=["Alpha"])}">Look at the settings' in text


def test_a_telling_that_failed_says_why(client, world, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    paused(world.company)
    look()
    telling.deliver(timezone.now() + telling.GATHER)
    text = get(client, world.admin, "alarms")
    assert "not told" in text
    assert "This portal has no mailbox of its own" in text


def test_what_was_over_before_it_was_told_is_not_blamed_on_the_admins(client, world):
    mailbox = paused(world.company)
    look()
    actions.wake(mailbox)
    look()
    text = get(client, world.admin, "alarms")
    assert "Nobody was told by e-mail: it was over before." in text
    assert "no admin wants it" not in text


def test_of_very_many_the_worst_are_shown_and_the_others_counted(client, world, monkeypatch):
    monkeypatch.setattr(page, "MOST_OPEN", 2)
    paused(world.company)
    for _number in range(3):
        connection_lost(make_member(world.company))
    look()
    text = get(client, world.admin, "alarms")
    assert "Company mail server needs attention." in text
    assert text.count("must connect to Microsoft again.</strong>") == 1
    assert "And 2 more alarms." in text
    assert "And 3 more alarms." in get(client, world.admin, "outbox")


def test_the_page_says_who_would_be_told_and_when_nobody_would(client, world, settings):
    text = get(client, world.admin, "alarms")
    assert "<li>alice@people.example (e-mail)</li>" in text
    assert "Nobody is mailed:" not in text
    services.set_mailed(world.admin, False, COMMAND_LINE)
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    text = get(client, world.admin, "alarms")
    assert "alarms stand only here." in text
    assert "Nobody is mailed:" in text


def test_support_sees_alarms_without_what_an_admin_mends(client, world):
    paused(world.company)
    connection_lost(world.user)
    look()
    text = get(client, world.support, "alarms")
    assert "needs attention." in text
    assert "Look at the settings" not in text
    assert "Save the minutes" not in text
    assert f'href="{reverse("person", args=["Alpha", world.user.pk])}">Look at it' in text


def test_with_nothing_wrong_the_page_says_so(client, world):
    text = get(client, world.admin, "alarms")
    assert "Nothing is wrong now." in text
    assert "No alarm has come and gone yet." in text


def test_what_is_over_is_listed_by_pages(client, world, monkeypatch):
    monkeypatch.setattr(page, "OVER_A_PAGE", 2)
    now = timezone.now()
    for number in range(3):
        facts = {"minutes": 30 + number, "oldest": now.isoformat()}
        Alarm.objects.create(
            company=world.company, kind="queue_old", subject="queue", severity=0, facts=facts,
            opened_at=now, closed_at=now,
        )  # fmt: skip
    text = get(client, world.admin, "alarms")
    assert "more than 32 minutes" in text
    assert "more than 30 minutes" not in text
    oldest = Alarm.objects.order_by("-id")[1].pk
    assert f'href="?before={oldest}">Older' in text
    assert "more than 30 minutes" in get(client, world.admin, "alarms", before=oldest)
    assert "There is nothing older." in get(
        client, world.admin, "alarms", before=Alarm.objects.earliest("id").pk
    )
    assert "more than 32 minutes" in get(client, world.admin, "alarms", before="nonsense")


def test_the_banner_stands_on_other_pages_for_admins_and_support_only(client, world):
    paused(world.company)
    connection_lost(world.user)
    look()
    for person in (world.admin, world.support):
        text = get(client, person, "outbox")
        assert "Company mail server needs attention." in text
        assert "And 1 more alarm." in text
    assert "needs attention." not in get(client, world.user, "outbox")
    assert get(client, world.admin, "alarms").count("Company mail server needs attention.</strong>") == 1


def test_what_is_far_away_makes_no_banner(client, world):
    secret_ending(world.company, 50)
    look()
    assert "See the alarms" not in get(client, world.admin, "outbox")


def test_an_admin_says_how_long_mail_may_wait(client, world):
    sign_in(client, world.admin)
    address = reverse("alarms", args=["Alpha"])
    assert "Give at least 1 minute." in client.post(address, {"queue_minutes": "0"}).content.decode()
    assert client.post(address, {"queue_minutes": "45"}).status_code == 302
    assert services.queue_minutes(world.company) == 45
    event = AuditEvent.objects.get(action="alarms.settings_changed")
    assert event.details == {"queue_minutes": [30, 45]}
    sign_in(client, world.support).post(address, {"queue_minutes": "90"})
    assert services.queue_minutes(world.company) == 45


def test_everybody_switches_his_own_mails(client, world):
    sign_in(client, world.user)
    address = reverse("alarms-mine", args=["Alpha"])
    answer = client.post(address, {"by_mail": "off", "next": "https://evil.example/"})
    assert answer["Location"] == reverse("profile", args=["Alpha"])
    assert not services.is_mailed(world.user)
    assert services.is_mailed(world.colleague)
    client.post(address, {"by_mail": "on"})
    assert services.is_mailed(world.user)


def test_where_the_switch_leads_back_to_is_an_address_and_no_name(client, world):
    sign_in(client, world.user)
    answer = client.post(reverse("alarms-mine", args=["Alpha"]), {"by_mail": "on", "next": "profile"})
    assert answer.status_code == 302


def test_webhooks_that_are_told_of_alarms_are_among_who_is_told(client, world):
    services.set_mailed(world.admin, False, COMMAND_LINE)
    assert "alarms stand only here" in get(client, world.admin, "alarms")
    listener(world.company, "https://quiet.firm.example/", (EventKind.MESSAGE_SENT,))
    assert "alarms stand only here" in get(client, world.admin, "alarms")
    listener(world.company, "https://hooks.firm.example/", (EventKind.ALARM_OPENED,))
    text = get(client, world.admin, "alarms")
    assert "https://hooks.firm.example/" in text
    assert "quiet.firm.example" not in text
    assert "alarms stand only here" not in text


def test_the_number_of_queries_does_not_grow(client, world, django_assert_max_num_queries):
    for _number in range(20):
        connection_lost(make_member(world.company))
    look()
    telling.deliver(timezone.now() + telling.GATHER)
    sign_in(client, world.admin)
    with django_assert_max_num_queries(13):
        client.get(reverse("alarms", args=["Alpha"]))


def operators(client) -> str:
    client.force_login(make_operator())
    return client.get(reverse("operator-overview")).content.decode()


def test_the_operator_sees_every_company_worst_first(client, world):
    hand_over(world.user, subject="Secret offer")
    SendingMailbox.objects.update(health="needs_attention", cause="smtp_auth_rejected_generic")
    secret_ending(world.stranger.company, 20)
    make_company("Quiet")
    look()
    text = operators(client)
    troubled = text[: text.index("All companies by name")]
    assert troubled.index("Alpha Ltd") < troubled.index("Omega Ltd")
    assert "Quiet Ltd" not in troubled
    assert "Quiet Ltd" in text
    assert "Company mail server needs attention." in text
    assert "Secret offer" not in text
    assert "alarm-canary" not in text


def test_the_operator_sees_that_no_worker_runs(client, db):
    WorkerSeen.objects.create(host="mail-1", seen_at=timezone.now() - timedelta(hours=1))
    look()
    text = operators(client)
    assert "No worker has been seen since" in text
    assert "mail-1" in text


def test_the_operators_list_has_pages_and_as_many_queries_for_more(
    client, world, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr("portal.operator.COMPANIES_A_PAGE", 2)
    for number in range(5):
        make_company(f"Firm{number}")
    client.force_login(make_operator())
    with django_assert_max_num_queries(12):
        text = client.get(reverse("operator-overview")).content.decode()
    assert "Firm1 Ltd" not in text
    assert "?after=Firm0%20Ltd" in text
    assert "Firm1 Ltd" in client.get(reverse("operator-overview"), {"after": "Firm0 Ltd"}).content.decode()
    assert (
        "There are no more companies."
        in client.get(reverse("operator-overview"), {"after": "zz"}).content.decode()
    )


def test_companies_of_one_name_are_all_in_the_operators_pages(client, db, monkeypatch):
    monkeypatch.setattr("portal.operator.COMPANIES_A_PAGE", 2)
    for number in range(3):
        make_company(f"Firm{number}", name="Firm Ltd")
    client.force_login(make_operator())
    address = reverse("operator-overview")
    page = client.get(address)
    query = re.search(r'rel="next" href="([^"]+)"', page.content.decode())[1]
    following = client.get(address + unescape(query))
    lines = [*page.context["companies"], *following.context["companies"]]
    assert [line.company.code for line in lines] == ["Firm0", "Firm1", "Firm2"]
    assert client.get(reverse("operator-overview"), {"after": "\0"}).status_code == 200


def test_the_operators_list_does_not_multiply_people_by_alarms(client, world):
    for number in range(4):
        connection_lost(make_member(world.company))
        hand_over(world.user, subject=f"Offer {number}")
    look()
    client.force_login(make_operator())
    with CaptureQueriesContext(connection) as captured:
        page = client.get(reverse("operator-overview"))
    (line,) = page.context["troubled"]
    assert (line.company.people, line.company.alarms_open, line.company.waiting) == (8, 4, 4)
    assert not [one["sql"] for one in captured if 'JOIN "alarms_alarm"' in one["sql"]]


def test_nobody_else_opens_the_operators_overview(client, world):
    sign_in(client, world.admin)
    assert client.get(reverse("operator-overview")).status_code == 404
    client.logout()
    assert client.get(reverse("operator-overview")).status_code == 302


def test_tellings_of_another_company_are_nowhere(client, world):
    paused(world.stranger.company)
    look()
    assert Telling.objects.count() == 1
    assert "mallory" not in get(client, world.admin, "alarms")
    assert "needs attention." not in get(client, world.admin, "outbox")
