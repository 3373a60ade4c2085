"""Addresses with letters of any script: one spelling to keep, one for the wire."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from core.addresses import AddressFormField, readable, stored, wire_form

LABELS = st.text(st.sampled_from("abcäöüßžņøéяжδω中文"), min_size=1, max_size=12)
LOCALS = st.text(st.sampled_from("abc.äöüßžņяδ中"), min_size=1, max_size=20).filter(
    lambda text: ".." not in text and not text.startswith(".") and not text.endswith(".")
)


@pytest.mark.parametrize(
    ("typed", "kept", "sent"),
    [
        (" Müller@Exämple.EXAMPLE ", "müller@exämple.example", "müller@xn--exmple-cua.example"),
        ("müller@XN--EXMPLE-CUA.example", "müller@exämple.example", "müller@xn--exmple-cua.example"),
        ("mu\u0308ller@firm.example", "müller@firm.example", "müller@firm.example"),
        ("anna@faß.example", "anna@faß.example", "anna@xn--fa-hia.example"),  # IDNA 2008, not "fass"
        ("иван@почта.example", "иван@почта.example", "иван@xn--80a1acny.example"),
        ("anna@server.local", "anna@server.local", "anna@server.local"),
    ],
)
def test_an_address_has_one_spelling_to_keep_and_one_for_the_wire(typed, kept, sent):
    assert stored(typed) == kept
    assert wire_form(kept) == sent
    assert stored(sent) == kept


@pytest.mark.parametrize(
    "text", ["", "anna", "anna@xn--\u00e4.example", "anna@xn--a-ecp.example", "@", "xn--"]
)
def test_what_is_no_known_domain_is_shown_as_it_is(text):
    assert readable(text) == text


@given(LOCALS, LABELS)
def test_every_address_comes_back_from_the_wire(local, label):
    try:
        sent = wire_form(stored(f"{local}@{label}.example"))
    except ValueError:  # such as a label that mixes scripts against the rules
        return
    assert sent.rpartition("@")[2].isascii()
    assert wire_form(readable(sent)) == sent
    assert stored(sent) == stored(readable(sent))


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_value_error(text):
    try:
        sent = wire_form(stored(text))
    except ValueError:
        return
    assert sent.count("@") == 1
    assert sent.isprintable()


def test_the_field_says_what_an_address_looks_like():
    field = AddressFormField(max_length=254)
    assert field.clean("Müller@xn--exmple-cua.example") == "müller@exämple.example"
    for wrong in (
        "anna",
        "anna@",
        "a b@firm.example",
        '"a b"@firm.example',
        "anna@fi rm.example",
        "=?utf-8?q?anna?=@firm.example",
        "anna=?x@firm.example",
    ):
        with pytest.raises(ValidationError, match="looks like name@firm"):
            field.clean(wrong)
