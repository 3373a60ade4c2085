"""Sentences that are stored, and said later in any language."""

from contextlib import contextmanager
from datetime import date
from gettext import NullTranslations

import pytest
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, npgettext, pgettext, trans_real

from core.sentences import _FACT, _PLURAL, BEGIN, END, day, decimal, kept, said

WORDS = {
    "The server %(host)s refused it.": "Serveris %(host)s to noraidīja.",
    "Password": "Parole",
    "%(what)s ended on %(date)s.": "%(what)s beidzās %(date)s.",
    "100%% of %(n)s": "%(n)s, visi 100%%",
    "50% off": "puse",
    "of days\4To": "līdz",
}
PLURALS = {
    "%(n)s message": ("%(n)s ziņa", "%(n)s ziņas"),
    "of days\4%(n)s day": ("%(n)s diena", "%(n)s dienas"),
}


class Reader(NullTranslations):
    def to_language(self):
        return "de"

    def gettext(self, message):
        return WORDS.get(message, message)

    def ngettext(self, one, many, number):
        return PLURALS.get(one, (one, many))[number != 1]


@contextmanager
def in_another_language():
    trans_real._translations["xx"] = Reader()
    try:
        with translation.override("xx"):
            yield
    finally:
        del trans_real._translations["xx"]


def test_a_kept_sentence_is_said_in_the_language_of_whoever_reads_it():
    with kept():
        stored = _("The server %(host)s refused it.") % {"host": "mail.firm.example"}
    assert said(stored) == "The server mail.firm.example refused it."
    with in_another_language():
        assert said(stored) == "Serveris mail.firm.example to noraidīja."


def test_kept_sentences_can_be_joined_and_nested():
    with kept():
        inner = {"what": gettext_lazy("Password"), "date": day(date(2026, 11, 3))}
        stored = f"{_('%(what)s ended on %(date)s.') % inner} {_('The server %(host)s refused it.') % {'host': 'x'}}"
    assert said(stored) == "Password ended on 3 November 2026. The server x refused it."
    with in_another_language():
        assert said(stored) == "Parole beidzās 3. November 2026. Serveris x to noraidīja."


@pytest.mark.parametrize(("number", "text"), [(1, "1 ziņa"), (7, "7 ziņas")])
def test_the_plural_is_that_of_the_reader(number, text):
    with kept():
        stored = ngettext("%(n)s message", "%(n)s messages", number) % {"n": number}
    with in_another_language():
        assert said(stored) == text


def test_words_told_apart_by_a_context_stay_so():
    with kept():
        stored = [pgettext("of days", "To"), npgettext("of days", "%(n)s day", "%(n)s days", 3) % {"n": 3}]
    assert [said(one) for one in stored] == ["To", "3 days"]
    with in_another_language():
        assert [said(one) for one in stored] == ["līdz", "3 dienas"]


def test_a_number_has_the_comma_of_the_reader():
    with kept():
        stored = _("The server %(host)s refused it.") % {"host": decimal(9.06)}
    assert said(stored) == "The server 9.1 refused it."
    assert decimal(4) == "4.0"
    with in_another_language():
        assert said(stored) == "Serveris 9,1 to noraidīja."
        assert decimal(1234.5) == "1234,5"


@pytest.mark.parametrize("inner", ["~", "~\ue012of=many"])
def test_a_number_that_was_cut_off_is_no_error(inner):
    assert said(f"{BEGIN}{inner}{END}") in ("", "many")


def test_percent_signs_stay():
    with kept():
        stored = [_("100%% of %(n)s") % {"n": 3}, _("50% off")]
    assert [said(one) for one in stored] == ["100% of 3", "50% off"]
    with in_another_language():
        assert [said(one) for one in stored] == ["3, visi 100%", "puse"]


@pytest.mark.parametrize("text", ["", "A plain sentence, 100% of it.", "535 5.7.139 %(host)s"])
def test_other_text_stays_as_it_is(text):
    assert said(text) == text


def test_a_value_that_looks_like_a_place_is_not_filled_in():
    with kept():
        stored = _("The server %(host)s refused it.") % {"host": "%(host)999999s %s"}
    assert said(stored) == "The server %(host)999999s %s refused it."


@pytest.mark.parametrize("length", range(1, 60))
def test_a_sentence_that_was_cut_is_shown_without_marks(length):
    with kept():
        stored = _("The server %(host)s refused it.") % {"host": "mail.firm.example"}
    assert not any(0xE000 <= ord(each) < 0xF900 for each in said(stored[:length]))


def test_within_keeping_what_was_kept_stays_kept():
    with kept():
        stored = _("Password")
        assert said(stored) == stored
    assert stored.startswith(BEGIN)


def test_keeping_goes_on_after_another_language_was_spoken_in_between():
    with kept():
        with in_another_language():
            assert _("Password") == "Parole"
        stored = _("Password")
    assert stored != said(stored) == "Password"
    assert _("Password") == "Password"


def test_marks_alone_do_no_harm():
    assert said("\ue011 x \ue010") == " x "
    assert said("\ue010@\ue012on=tomorrow\ue011") == "tomorrow"
    assert said("\ue010one\ue013many\ue012#=²\ue011") == "one"


def test_a_number_that_nobody_counted_does_no_harm():
    """In text from elsewhere that happens to hold the marks."""
    marked = f"{BEGIN}%(n)s message{_PLURAL}%(n)s messages{_FACT}#={'9' * 5_000}{_FACT}n=many{END}"
    assert said(marked) == "many message"
