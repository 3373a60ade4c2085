"""The catalogues of the languages: what the code and the templates say, and what the translators made of it.

`make messages` brings locale/*/LC_MESSAGES/django.po up to date and writes the .mo beside each. Needs no gettext:
templates are read by Django, Python by its own parser, and the files are written by Babel.
"""

import ast
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
NOT_SPOKEN = {"tests", "bench", "tools", "sandbox", "docs", "migrations", "locale", "var", "static"}
# Which parameters of a call are words: its name without "_lazy", then their places; of pgettext the context is first.
_CALLS = {
    "_": (0,), "gettext": (0,), "ngettext": (0, 1), "_noop": (0,), "gettext_noop": (0,),
    "pgettext": (1,), "npgettext": (1, 2),
}  # fmt: skip
_HEAD = """\
# {language}. `make messages` writes this file; see docs/languages.md.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: {tag}\\n"
"Plural-Forms: {plurals}\\n"

"""
_LONG_AGO = datetime(
    2026, 1, 1, tzinfo=UTC
)  # of every catalogue: a date of its own would change with each run


@dataclass(frozen=True, slots=True)
class Words:
    """What is to be translated; `many` is the plural's, or "". `context` tells it from the same words elsewhere."""

    one: str
    many: str = ""
    context: str | None = None

    @property
    def key(self) -> str | tuple[str, str]:
        return (self.one, self.many) if self.many else self.one


def catalogue_of(tag: str) -> Path:
    return ROOT / "locale" / tag / "LC_MESSAGES" / "django.po"


def languages() -> list[str]:
    """Those that are translated into."""
    return [tag for tag, _name in settings.LANGUAGES if tag != settings.LANGUAGE_CODE]


def spoken() -> list[Words]:
    """Everything the product says, sorted; a text said with a plural somewhere has it everywhere."""
    found: dict[tuple[str, str], Words] = {}
    for words in [*_in_python(), *_in_templates()]:
        place = (words.one, words.context or "")
        if place not in found or words.many:
            found[place] = words
    return [found[place] for place in sorted(found)]


def _files(ending: str) -> Iterator[Path]:
    for path in sorted(ROOT.rglob(f"*{ending}")):
        parts = path.relative_to(ROOT).parts
        if not NOT_SPOKEN.intersection(parts) and not any(part.startswith(".") for part in parts):
            yield path


def _in_python() -> Iterator[Words]:
    for path in _files(".py"):
        yield from in_code(ast.parse(path.read_text(), str(path)))


def in_code(tree: ast.AST) -> Iterator[Words]:
    """Calls of gettext and its relatives. Raises ValueError for one whose words are not written out in it."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", "")).removesuffix("_lazy")
        if name not in _CALLS:
            continue
        given = [node.args[place] for place in _CALLS[name] if place < len(node.args)]
        texts = [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if texts and len(texts) == len(given):
            context = node.args[0].value if name in ("pgettext", "npgettext") else None
            yield Words(*texts, context=context)


def _in_templates() -> Iterator[Words]:
    for ending in (".html", ".txt"):
        for path in _files(ending):
            if "templates" in path.relative_to(ROOT).parts:
                yield from in_template(path.read_text())


def in_template(text: str) -> Iterator[Words]:
    """Django turns a template into calls of gettext with everything else crossed out."""
    code = templatize(text)
    for call in re.finditer(r"\b(_|n?p?gettext)\((?=u?['\"])", code):
        yield from in_code(ast.parse(_call(code[call.start() :])))


def _call(code: str) -> str:
    """The call that the code begins with: up to the first bracket that makes it whole."""
    for end in (found.end() for found in re.finditer(r"\)", code)):
        try:
            ast.parse(code[:end].strip())
        except SyntaxError:
            continue
        return code[:end].strip()
    raise ValueError(f"no call: {code[:80]}")


def read(path: Path, tag: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=tag)


def updated(old: Catalog, words: list[Words], tag: str) -> Catalog:
    """The words of now with the translations there are; nothing else is left in it."""
    new = Catalog(locale=tag, creation_date=_LONG_AGO, revision_date=_LONG_AGO, fuzzy=False)
    for each in words:
        known = old.get(each.one, each.context)
        new.add(each.key, known.string if known and _fits(known, each) else None, context=each.context)
    return new


def _fits(known: Message, words: Words) -> bool:
    return not known.fuzzy and isinstance(known.id, tuple) == bool(words.many)


def as_po(catalogue: Catalog, tag: str) -> bytes:
    """Sorted, without places in the code and without dates, so that a change shows as itself."""
    body = BytesIO()
    write_po(body, catalogue, width=110, no_location=True, omit_header=True, sort_output=True)
    head = _HEAD.format(language=dict(settings.LANGUAGES)[tag], tag=tag, plurals=catalogue.plural_forms)
    return head.encode() + body.getvalue().lstrip()


def as_mo(catalogue: Catalog) -> bytes:
    """What Django reads: only what is translated whole."""
    whole = Catalog(locale=catalogue.locale, creation_date=_LONG_AGO, revision_date=_LONG_AGO, fuzzy=False)
    for message in catalogue:
        if message.id and is_whole(message):
            whole.add(message.id, message.string, context=message.context)
    body = BytesIO()
    write_mo(body, whole)
    return body.getvalue()


def main(sources: list[str]) -> None:
    """`sources`: folders with catalogues of translators, whose words count more than ours."""
    words = spoken()
    for tag in languages():
        path = catalogue_of(tag)
        catalogue = read(path, tag) if path.exists() else Catalog(locale=tag)
        for source in sources:
            _take(catalogue, read(Path(source) / tag / "LC_MESSAGES" / "django.po", tag))
        catalogue = updated(catalogue, words, tag)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(as_po(catalogue, tag))
        path.with_suffix(".mo").write_bytes(as_mo(catalogue))
        left = [message for message in catalogue if message.id and not is_whole(message)]
        print(f"{tag}: {len(words) - len(left)} of {len(words)} translated")


def _take(ours: Catalog, theirs: Catalog) -> None:
    for message in theirs:
        if message.id and not message.fuzzy and is_whole(message):
            ours.delete(message.id, message.context)
            ours.add(message.id, message.string, context=message.context)


def is_whole(message: Message) -> bool:
    """Whether every form of it is translated."""
    forms = message.string if isinstance(message.string, tuple | list) else [message.string]
    return all(forms)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    sys.path.insert(0, str(ROOT))
    django.setup()
    main(sys.argv[1:])
