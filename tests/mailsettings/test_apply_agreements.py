"""`[[company.agreement]]` in an apply file."""

import pytest

from accounts.models import AuditEvent, Company
from mailsettings.models import AgreementKind, AgreementText

COMPANY = '[[company]]\ncode = "Alpha"\nname = "Alpha Ltd"\n'
CARRIER = '[[company.agreement]]\nkind = "carrier_order"\nlanguage = "LV"\nhtml = "<p>Noteikumi</p>"\n'
OFFER = '[[company.agreement]]\nkind = "offer"\nlabel = "Offer"\nlanguage = "en"\nfile = "texts/offer.html"\n'

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def texts(tmp_path):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts/offer.html").write_text("Our offer stands\nfor 30 days.\n")


def test_texts_and_kinds_are_made_and_the_same_again_is_nothing(apply):
    code, said = apply(COMPANY + CARRIER + OFFER)
    assert code == 0, said
    assert {(t.kind, t.language, t.html, t.is_active) for t in AgreementText.objects.all()} == {
        ("carrier_order", "lv", "<p>Noteikumi</p>", True),
        ("offer", "en", "<p>Our offer stands<br>for 30 days.</p>", True),
    }
    assert AgreementKind.objects.get().label == "Offer"
    before = AuditEvent.objects.count()
    assert apply(COMPANY + CARRIER + OFFER) == (0, ["Nothing to do."])
    assert AuditEvent.objects.count() == before


def test_the_diff_tells_size_and_fingerprint_and_a_dry_run_changes_nothing(apply):
    apply(COMPANY + CARRIER + OFFER)
    changed = COMPANY + CARRIER.replace("umi<", "umi!<") + OFFER.replace('"Offer"', '"Offers"')
    _code, said = apply(changed, "--dry-run")
    assert said == [
        '~ Alpha.agreement.carrier_order.lv.html: "16 bytes, fingerprint 8fd46c84"'
        ' → "17 bytes, fingerprint 13f5e5dc"',
        '~ Alpha.agreement.offer.label: "Offer" → "Offers"',
        "Nothing was changed: this is a dry run.",
    ]
    assert AgreementText.objects.get(language="lv").html == "<p>Noteikumi</p>"


def test_a_text_is_put_out_of_use_and_keeps_its_words(apply):
    apply(COMPANY + CARRIER)
    off = CARRIER.replace('html = "<p>Noteikumi</p>"', "is_active = false")
    assert apply(COMPANY + off)[1][0] == "~ Alpha.agreement.carrier_order.lv.is_active: true → false"
    assert AgreementText.objects.get().html == "<p>Noteikumi</p>"


@pytest.mark.parametrize(
    ("table", "place", "words"),
    [
        (CARRIER.replace("Noteikumi", "<img src=x>a"), "html", "was taken out: <img>"),
        (CARRIER.replace("<p>Noteikumi</p>", ""), "html", "Type the text."),
        (CARRIER.replace("LV", "Latvian language"), "language", "not a language's code"),
        (CARRIER.replace('language = "LV"\n', ""), "language", "not a language's code"),
        (CARRIER.replace("carrier_order", "Letter"), "kind", "small letters"),
        (CARRIER.replace("carrier_order", "letter"), "label", "required"),
        (CARRIER + 'label = "Mine"\n', "label", "built in"),
        (CARRIER + 'file = "texts/offer.html"\n', "file", "either html or file"),
        (OFFER.replace("offer.html", "none.html"), "file", "cannot be read"),
    ],
)
@pytest.mark.parametrize("is_new", [True, False])
def test_a_mistake_is_named_with_its_place_and_nothing_is_stored(apply, table, place, words, is_new):
    if not is_new:
        Company.objects.create(code="Alpha", name="Alpha Ltd")
    code, said = apply(COMPANY + table)
    assert code == 1
    assert any(f"company[0].agreement[0].{place}: " in line and words in line for line in said), said
    assert not AgreementText.objects.exists()
    assert not AgreementKind.objects.exists()


def test_the_same_kind_and_language_twice_is_a_mistake(apply):
    code, said = apply(COMPANY + CARRIER + CARRIER.replace("LV", "lv"))
    assert (code, said[0]) == (
        1,
        "company[0].agreement[1].language: This kind and language stand in the company twice.",
    )
