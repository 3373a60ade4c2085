"""What comes along with a copied word."""

import time

import pytest

from core import pasted
from core.addresses import AddressFormField

UNSEEN = ["\u200b", "\ufeff", "\u200e", "\u202a", "\u2060", "\u00ad"]


@pytest.mark.parametrize("sign", UNSEEN)
def test_what_nobody_sees_is_dropped(sign):
    assert pasted.bare(f"{sign}smtp.firm{sign}.example {sign}") == "smtp.firm.example"
    assert pasted.trimmed(f" {sign} two{sign} words{sign}\u00a0") == f"two{sign} words"


@pytest.mark.parametrize("quoted", ['"{}"', "'{}'", "“{}”", "„{}“", " «{}» ", '\u202a"{}"\u202c'])
def test_quotation_marks_around_an_id_are_dropped(quoted):
    assert pasted.bare(quoted.format("8f1d-6c52")) == "8f1d-6c52"


def test_what_belongs_to_a_word_stays():
    for word in ("O'Brien", "نامه\u200cای.example", "a “b” c", "pass word"):
        assert pasted.bare(word) == pasted.trimmed(word) == word


def test_a_long_run_of_spaces_takes_no_longer_than_any_other_text():
    text = "a" + " \u200b" * 500_000 + "b"
    began = time.perf_counter()
    assert pasted.trimmed(text) == text
    assert pasted.bare(text)
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize("sign", UNSEEN)
def test_an_address_copied_with_unseen_signs_is_the_address(sign):
    assert AddressFormField().clean(f"{sign}Anna@firm.example{sign}") == "anna@firm.example"
