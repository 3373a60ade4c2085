"""The catalogues hold what the product says, whole, in each language; no program of gettext's is needed to see it."""

import ast
import re
from gettext import GNUTranslations

import pytest
from django.conf import settings
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.template.defaultfilters import filesizeformat
from django.utils import translation
from django.utils.translation import gettext, ngettext

from tools import messages

LANGUAGES = messages.languages()
# Places to fill in, and HTML: tags with what they link to, entities.
HELD = re.compile(r"%\(\w+\)[sd]|%%|\{\w*\}|</?[a-z][^>]*>|&[a-z]+;")


@pytest.fixture(scope="module")
def said():
    return messages.spoken()


@pytest.fixture(scope="module", params=LANGUAGES)
def catalogue(request):
    return request.param, messages.read(messages.catalogue_of(request.param), request.param)


def forms(message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple | list) else [message.string]


def translated(catalogue) -> list:
    return [message for message in catalogue if message.id and messages.is_whole(message)]


def test_everything_that_is_said_is_translated(said, catalogue):
    _tag, entries = catalogue
    left = [
        words
        for words in said
        if not (found := entries.get(words.one, words.context)) or not messages.is_whole(found)
    ]
    assert left == []


def test_each_file_is_as_make_messages_writes_it(said, catalogue):
    """Sorted, nothing in it that is not said any more, nothing guessed, no dates and places."""
    tag, entries = catalogue
    written = messages.as_po(messages.updated(entries, said, tag), tag)
    assert messages.catalogue_of(tag).read_bytes() == written, "Run `make messages`."


def test_places_and_tags_are_those_of_the_original(catalogue):
    _tag, entries = catalogue
    for message in translated(entries):
        if isinstance(message.id, tuple):
            least = set(HELD.findall(message.id[0])) & set(HELD.findall(message.id[1]))
            most = set(HELD.findall("".join(message.id)))
            assert all(set(HELD.findall(form)) <= most for form in forms(message)), message.id
            assert least <= set(HELD.findall(forms(message)[-1])), message.id
        else:
            assert sorted(HELD.findall(message.string)) == sorted(HELD.findall(message.id)), message.id


def test_spaces_and_ends_of_lines_around_a_text_are_kept(catalogue):
    _tag, entries = catalogue
    for message in translated(entries):
        original = message.id[0] if isinstance(message.id, tuple) else message.id
        for form in forms(message):
            for around in (r"\A\s*", r"\s*\Z"):
                assert re.search(around, form)[0] == re.search(around, original)[0], message.id


def test_the_compiled_file_holds_exactly_what_the_catalogue_says(catalogue):
    tag, entries = catalogue
    path = messages.catalogue_of(tag).with_suffix(".mo")
    with path.open("rb") as file:
        compiled = {key: text for key, text in GNUTranslations(file)._catalog.items() if key}
    expected = {}
    for message in translated(entries):
        before = f"{message.context}\4" if message.context else ""
        if isinstance(message.id, tuple):
            expected |= {(before + message.id[0], number): form for number, form in enumerate(message.string)}
        else:
            expected[before + message.id] = message.string
    assert compiled == expected
    assert path.read_bytes() == messages.as_mo(entries)


@pytest.mark.parametrize(
    ("tag", "number", "form"),
    [("lv", 0, 2), ("lv", 1, 0), ("lv", 2, 1), ("lv", 11, 1), ("lv", 21, 0), ("lv", 101, 0)]
    + [(tag, number, int(number != 1)) for tag in ("de", "sv", "nb") for number in (0, 1, 2, 21)],
)
def test_plural_forms_follow_the_language(tag, number, form):
    one, many = "%(n)s message about mail", "%(n)s messages about mail"
    with messages.catalogue_of(tag).with_suffix(".mo").open("rb") as file:
        expected = GNUTranslations(file)._catalog[one, form]
    with translation.override(tag):
        assert ngettext(one, many, number) == expected


def test_texts_of_django_that_are_mended_are_those_that_django_says():
    with translation.override("lv"):
        assert filesizeformat(385) == "385\xa0baiti"
        with pytest.raises(ValidationError, match="vismaz 8 rakstzīmēm"):
            MinimumLengthValidator(8).validate("short")
        assert "8 rakstzīmēm" in MinimumLengthValidator(8).get_help_text()
        with pytest.raises(ValidationError, match="ne vairāk kā 2 rakstzīmes"):
            MaxLengthValidator(2)("long")


def test_the_portal_speaks_its_languages():
    assert [tag for tag, _name in settings.LANGUAGES] == ["en", "lv", "de", "sv", "nb"]
    words = set()
    for tag in LANGUAGES:
        with translation.override(tag):
            words.add(gettext("Sign in"))
    assert len(words - {"Sign in"}) == len(LANGUAGES)


def test_words_are_found_wherever_they_are_said():
    code = 'a = _("One") + gettext_lazy("Two" " parts")\nb = ngettext("%(n)s x", "%(n)s xs", n)\n_(name)\n'
    code += "f\"{_('In')}\"\npgettext_lazy('of a file', 'Name')"
    found = [words.key for words in messages.in_code(ast.parse(code))]
    assert sorted(map(str, found)) == ["('%(n)s x', '%(n)s xs')", "In", "Name", "One", "Two parts"]
    template = (
        '{% load i18n %}{% translate "One" %} {{ _("Two") }} {% include "x" with text=_("Three") %}{# _("no") #}'
        "{% blocktranslate with a=b %}100% of {{ a }}{% endblocktranslate %}"
        "{% blocktranslate count n=n %}{{ n }} x{% plural %}{{ n }} xs{% endblocktranslate %}"
        '{% translate "Name" context "of a file" %}'
    )
    found = list(messages.in_template(template))
    assert found.pop() == messages.Words("Name", context="of a file")
    found = [words.key for words in found]
    assert found == ["One", "Two", "Three", "100%% of %(a)s", ("%(n)s x", "%(n)s xs")]
