"""Agreement texts: which one is taken, where it goes, and when the message is refused."""

from email import message_from_bytes, policy
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from accounts.audit import COMMAND_LINE
from core.errors import InputError
from mailsettings import agreements
from mailsettings.models import AgreementText
from sender.models import OutboxMessage
from sender.services import Draft, IdempotencyClash, RawMessage, submit
from tests.sender.helpers import open_relay

TO = ["rita@recipient.example"]
PLAIN = "One truck, please.\n\n----------------------------------------\n\nCarriers' terms in en\n"


def write(company, kind="carrier_order", language="en", **values) -> AgreementText:
    values = {"html": f"<p>Carriers' <b>terms</b> in {language}</p>", "is_active": True} | values
    agreements.save_text(company, kind, language, values, actor=COMMAND_LINE)
    return AgreementText.objects.get(company=company, kind=kind, language=language)


@pytest.fixture
def sent(world):
    """Hands over a draft; returns the text part and the HTML part that are stored, None for one it has not."""
    open_relay(world.user)

    def hand_over(agreement="carrier_order", language="", **parts):
        message = submit(
            world.user, Draft(to=TO, **parts), submitted_by="test", agreement=agreement, language=language
        )
        mail = message_from_bytes(message.content.unseal(), policy=policy.default)
        found = [mail.get_body((kind,)) for kind in ("plain", "html")]
        return [part and part.get_content().replace("\r\n", "\n") for part in found]

    return hand_over


def test_it_stands_at_the_end_of_both_parts(world, sent):
    write(world.company)
    text, html = sent(text="One truck, please.\n", html="<html><body><p>One truck</p></body></html>")
    assert text == PLAIN
    assert html.replace("\n", "") == (
        "<html><body><p>One truck</p><hr><p>Carriers' <b>terms</b> in en</p></body></html>"
    )


def test_html_without_a_body_tag_gets_it_at_the_end(world, sent):
    write(world.company)
    text, html = sent(html="<p>One truck</p>")
    assert text is None
    assert html.replace("\n", "") == "<p>One truck</p><hr><p>Carriers' <b>terms</b> in en</p>"


def test_a_message_of_plain_text_stays_plain_text(world, sent):
    write(world.company)
    assert sent(text="One truck, please.") == [PLAIN, None]


def test_a_message_without_a_text_gets_the_agreement_in_both_forms(world, sent):
    text = write(world.company)
    assert sent() == [text.appended_text, text.appended_html]


def test_only_the_last_end_of_the_body_counts(world, sent):
    write(world.company, html="<p>T</p>")
    _text, html = sent(html="<body>a</BODY> b</BODY >")
    assert html.replace("\n", "") == "<body>a</BODY> b<hr><p>T</p></BODY >"


@pytest.mark.parametrize(
    ("there", "locale", "asked", "taken"),
    [
        (["en", "de", "de-AT"], "en", "de-AT", "de-AT"),
        (["en", "de", "de-AT"], "en", "DE_at", "de-AT"),
        (["en", "de"], "en", "de-CH", "de"),
        (["en", "lv"], "lv", "sv", "lv"),
        (["en", "de"], "lv", "sv", "en"),
        (["de", "lv"], "lv", "", "lv"),
        (["nb"], "lv", "sv", "nb"),
    ],
)
def test_the_best_language_is_taken(world, sent, there, locale, asked, taken):
    world.company.locale = locale
    world.company.save()
    for language in there:
        write(world.company, language=language)
    text, _html = sent(text="x", language=asked)
    assert text.endswith(f"terms in {taken}\n")


def test_a_text_that_is_not_in_use_is_not_taken(world, sent):
    write(world.company, language="de", is_active=False)
    write(world.company, language="en")
    assert sent(text="x", language="de")[0].endswith("terms in en\n")


def test_another_companys_text_is_not_taken(world):
    write(world.stranger.company)
    with pytest.raises(InputError):
        agreements.choose(world.company, "carrier_order")


@pytest.mark.parametrize(
    ("agreement", "language", "field", "words"),
    [
        ("carrier_order", "sv", "agreement", ["carrier_order", "sv"]),
        ("client_order", "", "agreement", ["client_order", "en"]),
        ("nothing", "", "agreement", ["nothing", "carrier_order, client_order"]),
        ("carrier_order", "Swedish!", "language", ["Swedish!", "pt-BR"]),
        ("", "sv", "language", ["Name the agreement"]),
    ],
)
def test_what_is_not_there_refuses_the_message(world, sent, agreement, language, field, words):
    write(world.company, language="de")
    write(world.company, language="lv")
    with pytest.raises(InputError) as refused:
        sent(agreement, language, text="x")
    assert refused.value.field == field
    assert all(word in refused.value.message for word in words)
    assert not OutboxMessage.objects.exists()


def test_a_finished_message_takes_no_agreement(world):
    open_relay(world.user)
    write(world.company)
    raw = RawMessage(b"To: rita@recipient.example\r\nSubject: x\r\n\r\nHi\r\n")
    with pytest.raises(InputError, match="sent as it is"):
        submit(world.user, raw, submitted_by="test", agreement="carrier_order")
    assert not OutboxMessage.objects.exists()


def test_the_key_goes_with_agreement_and_language_but_not_with_the_texts_words(world):
    open_relay(world.user)
    write(world.company)

    def go(**asked):
        return submit(world.user, Draft(to=TO), submitted_by="test", idempotency_key="order-1", **asked)

    first = go(agreement="carrier_order")
    write(world.company, html="<p>New terms</p>")
    assert go(agreement="carrier_order").pk == first.pk
    for other in ({}, {"agreement": "carrier_order", "language": "en"}):
        with pytest.raises(IdempotencyClash):
            go(**other)


def test_the_send_command_names_kind_and_language(world):
    open_relay(world.user)
    write(world.company, language="lv")
    person = ["--company", "Alpha", "--as", world.user.user.email, "--to", TO[0], "--text", "x"]
    call_command("send", *person, "--agreement", "carrier_order", "--language", "lv", stdout=StringIO())
    assert b"terms in lv" in OutboxMessage.objects.get().content.unseal()


def test_the_outbox_shows_which_text_a_message_got(world, client):
    open_relay(world.user)
    write(world.company, language="lv")
    message = submit(
        world.user, Draft(to=TO), submitted_by="test", agreement="carrier_order", language="lv-LV"
    )
    assert (message.agreement_kind, message.agreement_language) == ("carrier_order", "lv")
    client.force_login(world.user.user)
    page = client.get(reverse("message", args=[world.company.code, message.pk]))
    assert page.context["agreement"] == "Order to a carrier, Latvian"
    assert "Order to a carrier, Latvian" in page.content.decode()


def test_a_message_without_one_shows_none_and_a_kind_that_is_gone_its_short_name(world, client):
    open_relay(world.user)
    client.force_login(world.user.user)
    message = submit(world.user, Draft(to=TO), submitted_by="test")
    address = reverse("message", args=[world.company.code, message.pk])
    assert client.get(address).context["agreement"] == ""
    OutboxMessage.objects.filter(pk=message.pk).update(
        agreement_kind="client_offer", agreement_language="tlh"
    )
    assert client.get(address).context["agreement"] == "client_offer, tlh"
