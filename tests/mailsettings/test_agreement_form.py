"""What may be typed as an agreement text or a kind of message, and the sentence for what may not."""

import pytest

from accounts.audit import COMMAND_LINE
from mailsettings import agreements
from mailsettings.forms import AgreementKindForm, AgreementTextForm
from mailsettings.models import AgreementKind, AgreementText


def form(world, **typed) -> AgreementTextForm:
    data = {"kind": "carrier_order", "language": "en", "html": "<p>Terms</p>", "is_active": "on"} | typed
    return AgreementTextForm(data, text=AgreementText(company=world.company))


def test_a_good_text_is_taken_as_it_is(world):
    good = form(world, language="PT_br", html="Pay\r\nin time.")
    assert good.is_valid(), good.errors
    assert good.values == {
        "kind": "carrier_order", "language": "pt-BR", "html": "<p>Pay<br>in time.</p>", "is_active": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("kind", "letter", "not one of the available choices"),
        ("language", "", "such as en"),
        ("language", "English, please", "“English, please” is not a language's code"),
        ("html", "", "Type the text."),
        ("html", "<p>&nbsp;</p> <ul><li></li></ul>", "Type the text."),
        ("html", "We pay if x <y", "&lt;"),
        ("html", "<p>" + "ä" * 50_001 + "</p>", "The text has 101 kB; at most 100 kB"),
        ("html", "<p>" + "&" * 30_000 + "</p>", "The text has 151 kB; at most 100 kB"),
        ("html", "<p onclick=x>a<script>b</script></p>", "was taken out: onclick=…, <script>."),
    ],
)
def test_what_cannot_be_kept_gets_a_sentence(world, field, typed, words):
    bad = form(world, **{field: typed})
    assert list(bad.errors) == [field]
    assert words in bad.errors[field][0]
    assert bad.errors[field][0].endswith(".")


def test_the_field_shows_what_is_left_when_something_was_taken_out(world):
    bad = form(world, html="<div>Terms<img src=x></div>")
    assert "<div>, <img>" in bad.errors["html"][0]
    assert bad["html"].value() == "<p>Terms</p>"
    assert form(world, html=bad["html"].value()).is_valid()


def test_the_second_text_of_a_kind_in_a_language_is_refused(world):
    agreements.save_text(world.company, "carrier_order", "en", {"html": "<p>a</p>"}, actor=COMMAND_LINE)
    assert "Change that one" in form(world, language="EN").errors["language"][0]
    assert form(world, language="de").is_valid()


def test_a_text_that_is_there_keeps_kind_and_language(world):
    text = AgreementText(company=world.company, kind="carrier_order", language="en")
    assert list(AgreementTextForm(text=text).fields) == ["html", "is_active"]


@pytest.mark.parametrize(
    ("slug", "words"),
    [
        ("Offer", "small letters"),
        ("1st", "beginning with a letter"),
        ("carrier_order", "built in"),
        ("client_offer", "has this kind already"),
        ("x" * 33, "at most 32"),
    ],
)
def test_a_kind_gets_a_short_name_of_its_own(world, slug, words):
    AgreementKind.objects.create(company=world.company, slug="client_offer", label="Offer")
    AgreementKind.objects.create(company=world.stranger.company, slug="reminder", label="Reminder")
    bad = AgreementKindForm({"slug": slug, "label": "Offer"}, company=world.company)
    assert words in bad.errors["slug"][0]
    assert AgreementKindForm({"slug": "reminder", "label": "R"}, company=world.company).is_valid()
