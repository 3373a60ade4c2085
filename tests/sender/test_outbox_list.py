"""The list of the outbox: who sees what, the filter, the pages, what an empty list says."""

import csv
import io
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent
from core import ids
from sender import listing, outbox
from sender.models import Health, OutboxMessage, SendingMailbox
from tests.accounts.sign_in import sign_in
from tests.sender.helpers import begun, ended, hand_over, left_without_an_answer, refused, sent_to_some

LIST = "/Alpha/outbox/"


@pytest.fixture
def user(world) -> Client:
    return sign_in(Client(), world.user)


@pytest.fixture
def support(world) -> Client:
    return sign_in(Client(), world.support)


def page(client: Client, query: str = "") -> str:
    response = client.get(LIST + query)
    assert response.status_code == 200
    return response.content.decode()


def subjects(response) -> list[str]:
    return [row.subject for row in response.context["found"].rows]


def listed(client: Client, query: str = "") -> list[str]:
    return subjects(client.get(LIST + query))


@pytest.fixture
def mixed(world) -> dict[str, OutboxMessage]:
    """One of each state, each named after it."""
    made = {}
    for state in ("sent", "failed", "unknown", "cancelled", "waiting"):
        made[state] = hand_over(world.user, to=(f"{state}@recipient.example",), subject=f"is {state}")
        if state == "sent":
            ended(begun(made[state]))
        elif state == "failed":
            refused(made[state], "550 5.1.1 User unknown")
        elif state == "unknown":
            left_without_an_answer(made[state])
        elif state == "cancelled":
            outbox.cancel(made[state])
    return made


def test_a_user_sees_his_own_messages_and_not_a_colleagues(world, user):
    mine, other = hand_over(world.user, subject="Mine"), hand_over(world.colleague, subject="Hers")
    html = page(user)
    assert "Mine" in html
    assert "Hers" not in html
    assert user.get(f"{LIST}{mine.pk}/").status_code == 200
    assert user.get(f"{LIST}{other.pk}/").status_code == 404
    assert "Hers" not in page(user, f"?person={world.colleague.pk}")


@pytest.mark.parametrize("how", ["id", "address"])
def test_support_sees_everybodys_and_may_look_at_one_person(world, support, how):
    hand_over(world.user, subject="Mine")
    hand_over(world.colleague, subject="Hers")
    assert set(listed(support)) == {"Mine", "Hers"}
    person = world.user.pk if how == "id" else "BOB@people.example"
    assert listed(support, f"?person={person}") == ["Mine"]


def test_the_mail_of_somebody_who_has_gone_is_found_by_the_address(world, support):
    hand_over(world.user, subject="Mine")
    world.user.delete()
    assert listed(support, "?person=bob@people.example") == ["Mine"]


@pytest.mark.parametrize("state", ["sent", "failed", "unknown", "cancelled", "waiting"])
def test_each_state_is_filtered_for(mixed, support, state):
    assert listed(support, f"?state={state}") == [f"is {state}"]


def test_a_cause_is_filtered_for_and_offered(mixed, support):
    assert listed(support, "?cause=recipient_invalid") == ["is failed"]
    assert '<option value="recipient_invalid">' in page(support)


def test_a_method_is_filtered_for(mixed, support):
    assert len(listed(support, "?method=company_smtp")) == 5
    assert "No message fits this filter" in page(support, "?method=gmail_app_password")


def test_days_are_those_of_the_companys_time_zone(world, support, monkeypatch):
    monkeypatch.setattr(ids, "_last", 0)
    moment = datetime(2026, 3, 10, 22, 30, tzinfo=UTC)  # the 11th in Riga
    monkeypatch.setattr(ids.time, "time_ns", lambda: int(moment.timestamp() * 1e9))
    hand_over(world.user, subject="Late")
    assert listed(support, "?since=2026-03-11&until=2026-03-11") == ["Late"]
    assert "No message fits" in page(support, "?since=2026-03-10&until=2026-03-10")


@pytest.mark.parametrize(
    "words", ["is+failed", "failed++is", "FAILED@recipient", "failed%40recipient.example"]
)
def test_words_are_looked_for_in_subject_and_recipients(mixed, support, words):
    assert listed(support, f"?q={words}") == ["is failed"]


def test_a_search_says_how_far_back_it_looked_and_goes_on_there(mixed, support, monkeypatch):
    monkeypatch.setattr(listing, "LOOKED_THROUGH", 2)
    first = support.get(LIST + "?q=is+sent")
    assert "Nothing fits among the messages back to" in first.content.decode()
    second = support.get(f"{LIST}?q=is+sent&before={first.context['found'].older}")
    third = support.get(f"{LIST}?q=is+sent&before={second.context['found'].older}")
    assert subjects(third) == ["is sent"]
    assert third.context["found"].older is None


@pytest.mark.parametrize("wrapped", ["{}", "<{}>", " {} ", "Message-ID: <{}>", "message-id:{}"])
def test_a_message_id_that_somebody_was_told_leads_to_the_message(world, support, wrapped):
    other, asked = hand_over(world.user, subject="Another"), hand_over(world.user, subject="Wanted")
    known = asked.message_id.strip("<>")
    assert listed(support, "?" + urlencode({"q": wrapped.format(known)})) == ["Wanted"]
    assert listed(support, "?" + urlencode({"q": known[:-1]})) == []
    assert listed(support, "?" + urlencode({"q": other.message_id, "state": "sent"})) == []


def test_the_id_that_a_program_was_given_leads_to_the_message_however_old(world, support, user, monkeypatch):
    monkeypatch.setattr(listing, "LOOKED_THROUGH", 1)
    asked, hers = hand_over(world.user, subject="Wanted"), hand_over(world.colleague, subject="Hers")
    hand_over(world.user, subject="Newer")
    assert listed(support, f"?q={asked.pk}") == ["Wanted"]
    assert listed(user, f"?q={hers.pk}") == []


def test_nothing_yet_nothing_that_fits_and_an_error_read_differently(world, support, user):
    assert "Nothing was sent yet" in page(support)
    assert "in your name" in page(user)
    hand_over(world.colleague)
    assert "No message fits this filter" in page(support, "?state=failed")
    assert "Nothing was sent yet" in page(user)
    broken = page(support, "?since=yesterday")
    assert "Give a day such as 2026-11-21." in broken
    assert "the filter has an error" in broken
    assert "No message fits" not in broken


@pytest.mark.parametrize(
    "query",
    [
        "?person=nonsense", "?state=nonsense", "?before=nonsense", "?after=nonsense", "?q=%00", "?cause=nonsense",
        "?since=0001-01-01", "?until=9999-12-31", "?since=2026-05-01&until=2026-04-01", "?method=%ff",
        "?before=ffffffff-ffff-ffff-ffff-ffffffffffff",
    ],
)  # fmt: skip
def test_addresses_typed_by_hand_do_not_break_the_list(world, support, query):
    hand_over(world.user)
    assert support.get(LIST + query).status_code == 200


def test_pages_go_by_key_and_keep_the_filter(world, support, monkeypatch):
    monkeypatch.setattr("sender.listing.ROWS", 2)
    monkeypatch.setattr("core.keyset.ROWS", 2)
    monkeypatch.setattr(listing.found, "__defaults__", (2,))
    for number in range(5):
        hand_over(world.user, subject=f"Order {number}")
    first = support.get(LIST + "?state=waiting")
    assert subjects(first) == ["Order 4", "Order 3"]
    assert f"?state=waiting&amp;before={first.context['found'].older}" in first.content.decode()
    assert listed(support, f"?state=waiting&before={first.context['found'].older}") == ["Order 2", "Order 1"]


def test_the_list_says_how_far_back_it_goes_and_what_is_deleted_when(world, support):
    hand_over(world.user)
    html = " ".join(page(support).split())
    assert "The oldest message here is of" in html
    assert "deleted 90 days after it ended." in html
    assert "deleted 365 days after that." in html


def test_the_list_asks_the_database_the_same_few_times_for_any_number(
    world, support, django_assert_max_num_queries
):
    for number in range(12):
        many = tuple(f"person{n}@recipient.example" for n in range(20))
        hand_over(world.user, to=many, subject=f"Order {number}")
    page(support)
    with django_assert_max_num_queries(10):
        assert "+19" in page(support, "?state=waiting")
    with django_assert_max_num_queries(12):
        page(support, "?q=person3&method=company_smtp")


@pytest.fixture
def sent_to_one_of_two(world):
    message = hand_over(world.user, to=("rita@recipient.example", "gone@recipient.example"))
    sent_to_some(message, "gone@recipient.example")
    return message


def test_what_was_not_sent_to_all_is_seen_in_the_list(sent_to_one_of_two, world, support):
    ended(begun(hand_over(world.user)))
    refused(hand_over(world.user), "550 5.1.1 unknown")  # which its state says
    assert page(support).count("1 recipient refused") == 1


def test_a_download_names_who_was_refused(sent_to_one_of_two, support):
    (row,) = table(support.get(LIST + "export/"))
    assert row["To"] == "rita@recipient.example, gone@recipient.example"
    assert (row["Refused"], row["State"]) == ("gone@recipient.example", "sent")


def table(response) -> list[dict[str, str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_filtered_list_is_downloaded_whole_in_the_companys_time(mixed, world, support, monkeypatch):
    monkeypatch.setattr(listing, "AT_ONCE", 2)
    response = support.get(LIST + "export/")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="outbox-Alpha-')
    rows = table(response)
    assert [row["Subject"] for row in rows] == [f"is {state}" for state in reversed(mixed)]
    assert rows[0]["To"] == "waiting@recipient.example"
    assert rows[0]["Handed over"].endswith(("+0200", "+0300"))
    assert [row["Subject"] for row in table(support.get(LIST + "export/?state=failed"))] == ["is failed"]
    assert AuditEvent.objects.filter(action="outbox.exported", actor=world.support.user).count() == 2


def test_a_download_holds_no_formula_and_only_ones_own(world, user):
    hand_over(world.user, subject='=HYPERLINK("https://evil.example")')
    hand_over(world.colleague, subject="Hers")
    (row,) = table(user.get(LIST + "export/"))
    assert row["Subject"].startswith("'=")


def test_a_download_ends_at_its_limit(mixed, support, monkeypatch):
    monkeypatch.setattr(listing, "AT_ONCE", 2)
    monkeypatch.setattr("sender.pages.outbox.MOST_EXPORTED", 3)
    assert len(table(support.get(LIST + "export/"))) == 4  # of whole parts


def test_a_download_of_a_wrong_filter_goes_back_to_it(world, support):
    response = support.get(LIST + "export/?since=x")
    assert response["Location"] == f"{LIST}?since=x"


def test_messages_of_another_company_are_never_listed(world, support):
    hand_over(world.stranger, subject="Theirs")
    assert "Nothing was sent yet" in page(support)
    hand_over(world.user, subject="Ours")
    for query in ("", "?q=i", "?method=company_smtp", "?state=waiting", f"?person={world.stranger.pk}"):
        assert "Theirs" not in page(support, query)


def test_old_messages_are_listed_too(world, support):
    message = hand_over(world.user, subject="Old")
    OutboxMessage.objects.update(submitted_at=timezone.now() - timedelta(days=300))
    assert listed(support) == [message.subject]


def test_what_a_mailbox_keeps_back_is_told_and_found_by_its_cause(world, support):
    hand_over(world.user, subject="Kept back")
    SendingMailbox.objects.update(health=Health.NEEDS_ATTENTION, cause="client_secret_expired")
    html = page(support)
    assert "The client secret" in html
    assert '<option value="client_secret_expired">' in html
    assert listed(support, "?state=waiting&cause=client_secret_expired") == ["Kept back"]
    assert listed(support, "?state=waiting&cause=user_password_wrong") == []
