"""What Django's own mail tests ask of a backend, asked of both of ours, and what is ours alone.

https://github.com/django/django/blob/stable/5.2.x/tests/mail/tests.py, BaseEmailBackendTests
"""

from contextlib import suppress
from datetime import UTC, datetime
from email.mime.image import MIMEImage
from email.utils import formataddr
from smtplib import SMTPException

import pytest
from django.core import mail
from django.core.mail import (
    BadHeaderError,
    EmailMessage,
    EmailMultiAlternatives,
    get_connection,
    mail_admins,
    mail_managers,
    send_mail,
    send_mass_mail,
)
from django.utils.functional import lazystr

from mailsettings.models import SmtpServer
from postroom.errors import NotTaken
from sender.models import OutboxMessage

pytestmark = pytest.mark.django_db(transaction=True)  # the portal that is asked runs in another thread

BOB, CAROL, RITA = "bob@people.example", "carol@people.example", "rita@recipient.example"
PNG = b"\x89PNG\r\n\x1a\n\0\0"


def a_message(**fields: object) -> EmailMessage:
    fields = {"subject": "Order 1", "body": "One truck.", "from_email": BOB, "to": [RITA]} | fields
    return EmailMultiAlternatives(**fields)


def recipients(message: OutboxMessage) -> set[tuple[str, str]]:
    return set(message.recipients.values_list("address", "kind"))


def test_send_mail_stores_one_message_as_the_person_of_from(door, stored):
    assert send_mail("Order 1", "One truck.", BOB, [RITA]) == 1
    row = OutboxMessage.objects.get()
    assert (row.person, row.subject, row.state) == (BOB, "Order 1", "waiting")
    assert (stored()["From"], stored()["To"]) == (f"Bob <{BOB}>", RITA)  # named as the settings name him
    assert stored().get_content() == "One truck.\r\n"


def test_a_message_is_told_the_id_it_was_stored_under(door):
    message = a_message()
    message.send()
    assert message.postroom_id == str(OutboxMessage.objects.get().pk)


def test_several_messages_are_counted(door):
    orders = [(f"Order {number}", "One truck.", BOB, [RITA]) for number in range(3)]
    assert send_mass_mail(orders) == 3
    assert get_connection().send_messages([]) == 0
    assert OutboxMessage.objects.count() == 3


@pytest.mark.parametrize("body", ["Sūtījums Rīgā ✓", "x" * 3_000, "x" * 3_000 + " ā\nFrom here\n.\n", "\r\n"])
def test_the_text_arrives_as_it_was_written(door, stored, body):
    send_mail("Pasūtījums “Ķekava”", body, BOB, [RITA])
    assert stored().get_content().splitlines() == body.splitlines()
    assert stored()["Subject"] == "Pasūtījums “Ķekava”"


def test_html_goes_beside_the_text(door, stored):
    send_mail("Order 1", "One truck.", BOB, [RITA], html_message="<p>One <b>truck</b>.</p>")
    assert stored().get_content_type() == "multipart/alternative"
    texts = [(part.get_content_type(), part.get_content().strip()) for part in stored().iter_parts()]
    assert texts == [("text/plain", "One truck."), ("text/html", "<p>One <b>truck</b>.</p>")]


def test_html_alone(door, stored):
    message = a_message(body="<p>One truck.</p>")
    message.content_subtype = "html"
    message.send()
    assert (stored().get_content_type(), stored().get_content().strip()) == ("text/html", "<p>One truck.</p>")


def test_copies_replies_and_further_headers_arrive_and_blind_copies_are_not_shown(door, stored):
    a_message(
        to=["Rita Ozola <rita@recipient.example>", "Jānis <janis@recipient.example>"],
        cc=["Carl, the clerk <carl@recipient.example>"],
        bcc=["secret@recipient.example"],
        reply_to=["Orders <orders@alpha.example>", "more@alpha.example"],
        headers={"X-Order": 1, "In-Reply-To": "<1@recipient.example>"},
    ).send()
    assert recipients(OutboxMessage.objects.get()) == {
        (RITA, "to"),
        ("janis@recipient.example", "to"),
        ("carl@recipient.example", "cc"),
        ("secret@recipient.example", "bcc"),
    }
    assert "secret" not in stored().as_string()
    assert [each.display_name for each in stored()["To"].addresses] == ["Rita Ozola", "Jānis"]
    assert [each.addr_spec for each in stored()["Reply-To"].addresses] == [
        "orders@alpha.example",
        "more@alpha.example",
    ]
    assert (stored()["X-Order"], stored()["In-Reply-To"]) == ("1", "<1@recipient.example>")


@pytest.mark.parametrize("made", [f'"Bob, Sürname & co" <{BOB}>', formataddr(("Bob, Sürname & co", BOB))])
def test_a_name_in_from_is_kept(door, stored, made):
    assert send_mail("Order 1", "One truck.", made, [RITA]) == 1
    assert stored()["From"].addresses[0].display_name == "Bob, Sürname & co"
    assert OutboxMessage.objects.get().person == BOB


def test_names_that_are_encoded_already_are_read_as_they_were_meant(door, stored):
    a_message(to=[formataddr(("Jānis Bērziņš", "janis@recipient.example"))]).send()
    assert stored()["To"].addresses[0].display_name == "Jānis Bērziņš"
    assert recipients(OutboxMessage.objects.get()) == {("janis@recipient.example", "to")}


def test_files_arrive_byte_for_byte(door, stored, tmp_path):
    message = a_message()
    message.attach("pavadzīme.pdf", b"%PDF\0\r\n\n", "application/pdf")
    message.attach("rows.csv", "a;ā\r\n1;2\r\n", "text/csv")
    (tmp_path / "note.bin").write_bytes(bytes(range(256)))
    message.attach_file(tmp_path / "note.bin")
    message.send()
    found = {part.get_filename(): part.get_payload(decode=True) for part in stored().iter_attachments()}
    assert found == {
        "pavadzīme.pdf": b"%PDF\0\r\n\n",
        "rows.csv": "a;ā\r\n1;2\r\n".encode(),
        "note.bin": bytes(range(256)),
    }


def test_what_parts_cannot_say_goes_as_django_makes_it(door, stored):
    message = a_message(from_email=f"Bob the buyer <{BOB}>", bcc=["secret@recipient.example"])
    message.attach_alternative("BEGIN:VCALENDAR\r\n", "text/calendar; method=REQUEST")
    image = MIMEImage(PNG, "png")
    image.add_header("Content-ID", "<logo>")
    message.attach(image)
    message.attach("mail.eml", a_message(subject="Inner"), "message/rfc822")
    message.send()
    kinds = [part.get_content_type() for part in stored().walk()]
    assert {"text/calendar", "image/png", "message/rfc822"} <= set(kinds)
    assert stored()["From"] == f"Bob the buyer <{BOB}>"
    assert "secret" not in stored().as_string()
    assert ("secret@recipient.example", "bcc") in recipients(OutboxMessage.objects.get())


def test_a_message_of_another_encoding_and_its_own_date_goes_as_it_is(door, stored):
    when = datetime(2026, 11, 20, 8, tzinfo=UTC)
    message = a_message(body="Öl", headers={"Date": "Fri, 20 Nov 2026 08:00:00 +0000"})
    message.encoding = "iso-8859-1"
    message.send()
    assert stored()["Date"].datetime == when
    assert (stored().get_content_charset(), stored().get_content().strip()) == ("iso-8859-1", "Öl")


@pytest.mark.parametrize("to", [[], [""], ["", None]])
def test_nobody_to_send_to_is_no_message(door, to):
    message = EmailMessage("Order 1", "One truck.", BOB, to)
    assert message.send() == 0
    assert get_connection().send_messages([message]) == 0
    assert not OutboxMessage.objects.exists()


def test_lazy_texts_are_written_out(door, stored):
    assert send_mail(lazystr("Order 1"), lazystr("One truck."), lazystr(BOB), [lazystr(RITA)]) == 1
    assert (stored()["Subject"], stored()["To"]) == ("Order 1", RITA)


def test_international_domains_go_in_their_ascii_form(door):
    send_mail("Order 1", "One truck.", BOB, ["to@éxample.example"])
    assert recipients(OutboxMessage.objects.get()) == {("to@xn--xample-9ua.example", "to")}


BREAK = "x\nBcc: eve@evil.example"


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": BREAK},
        {"from_email": f"{BREAK} <{BOB}>"},
        *({name: [f"{BREAK} <{RITA}>"]} for name in ("to", "cc", "bcc", "reply_to")),
        {"headers": {"X-Order": "1\rBcc: eve@evil.example"}},
        {"headers": {BREAK: "1"}},
        {"headers": {"X-Postroom-Idempotency-Key": BREAK}},
    ],
)
def test_a_line_break_in_a_header_is_the_error_that_django_has_for_it(door, wrong):
    with pytest.raises(BadHeaderError):
        a_message(**wrong).send(fail_silently=True)
    assert not OutboxMessage.objects.exists()


def test_one_bad_address_and_nothing_is_stored(door):
    for extra in ({}, {"headers": {"Date": "Fri, 20 Nov 2026 08:00:00 +0000"}}):
        with pytest.raises(NotTaken) as refused:
            a_message(to=[RITA, "no address"], **extra).send()
        assert "no address" in str(refused.value)
        assert refused.value.field in ("to", "recipients")
    assert a_message(to=[RITA, "no address"]).send(fail_silently=True) == 0
    assert not OutboxMessage.objects.exists()


def test_those_before_the_refused_one_are_stored_and_with_fail_silently_those_after_it_too(door):
    def batch() -> list[EmailMessage]:
        return [a_message(), a_message(to=["no address"]), a_message()]

    with pytest.raises(SMTPException):
        get_connection().send_messages(batch())
    assert OutboxMessage.objects.count() == 1
    assert get_connection(fail_silently=True).send_messages(batch()) == 2
    assert OutboxMessage.objects.count() == 3


def test_without_a_way_the_reason_is_told(door):
    SmtpServer.objects.all().delete()
    with pytest.raises(NotTaken) as refused:
        a_message().send()
    assert refused.value.cause
    assert str(refused.value)
    assert a_message().send(fail_silently=True) == 0


def test_a_stranger_in_from_is_refused(door):
    with pytest.raises(NotTaken) as refused:
        a_message(from_email="webmaster@localhost").send()
    assert (refused.value.cause, refused.value.field) == ("person_not_allowed", "as")


def test_a_header_names_the_person_before_the_setting_and_the_setting_before_from(door, settings, stored):
    settings.POSTROOM = settings.POSTROOM | {"person": CAROL}
    a_message(from_email="Web site <webmaster@localhost>", reply_to=["web@alpha.example"]).send()
    row = OutboxMessage.objects.get()
    assert (row.person, stored()["From"]) == (CAROL, f"Web site <{CAROL}>")
    assert stored()["Reply-To"] == "web@alpha.example"
    row.delete()
    a_message(from_email=CAROL, headers={"x-postroom-person": BOB}).send()
    assert (OutboxMessage.objects.get().person, stored()["From"]) == (BOB, f"Bob <{BOB}>")
    assert "x-postroom" not in stored().as_string().lower()


def test_a_finished_message_of_somebody_else_gets_the_from_of_the_person(door, stored):
    own = {"Date": "Fri, 20 Nov 2026 08:00:00 +0000", "X-Postroom-Person": BOB}
    a_message(from_email="webmaster@localhost", headers=own).send()
    assert stored()["From"] == BOB
    assert "x-postroom" not in stored().as_string().lower()


@pytest.mark.parametrize("several", [f"{BOB}, {CAROL}", f"{CAROL}, {BOB}"])
def test_a_from_of_several_names_nobody_and_is_not_kept(door, stored, several):
    own = {"Date": "Fri, 20 Nov 2026 08:00:00 +0000", "From": several}
    with pytest.raises(NotTaken):
        a_message(headers=own).send()
    a_message(headers=own | {"X-Postroom-Person": BOB}).send()
    assert stored()["From"] == BOB


def test_a_to_that_only_shows_is_kept_and_brings_nobody_in(door, stored):
    a_message(to=[], bcc=[RITA], headers={"To": "undisclosed-recipients:;"}).send()
    assert stored()["To"] == "undisclosed-recipients:;"
    assert recipients(OutboxMessage.objects.get()) == {(RITA, "bcc")}


@pytest.mark.parametrize("shown", ["eve@evil.example", "x <eve@evil.example", f"{RITA} <eve@evil.example>"])
def test_a_to_that_shows_others_never_brings_them_in(door, shown):
    with suppress(NotTaken):  # by REST, where the header alone says who gets it
        a_message(headers={"To": shown}).send()
    for row in OutboxMessage.objects.all():
        assert {address for address, _kind in recipients(row)} == {RITA}


def test_the_same_idempotency_key_stores_once(door):
    for _ in range(2):
        a_message(headers={"X-Postroom-Idempotency-Key": "order-1"}).send()
    assert OutboxMessage.objects.count() == 1
    with pytest.raises(NotTaken) as clash:
        a_message(body="Two.", headers={"X-Postroom-Idempotency-Key": "order-1"}).send()
    assert clash.value.cause == "idempotency_clash"


def test_the_backend_is_opened_closed_and_used_as_others_are(door):
    connection = get_connection()
    connection.close()
    with get_connection() as connection:
        assert connection.send_messages([a_message()]) == 1
        assert send_mail("Order 2", "Two trucks.", BOB, [RITA], connection=connection) == 1
    assert OutboxMessage.objects.count() == 2


def test_letters_to_admins_and_managers_go_as_the_person_of_the_settings(door, settings):
    settings.POSTROOM = settings.POSTROOM | {"person": CAROL}
    settings.ADMINS = settings.MANAGERS = [("Rita", RITA)]
    mail_admins("It broke", "Somewhere.", html_message="<p>Somewhere.</p>")
    mail_managers("It broke", "Somewhere.")
    assert {row.subject for row in OutboxMessage.objects.all()} == {"[Django] It broke"}
    assert not mail.outbox
