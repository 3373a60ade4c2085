"""What the pages name is there: pages, headings, commands with their options, variables."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.core.management.base import CommandParser

ROOT = settings.BASE_DIR
PAGES = [ROOT / "README.md", ROOT / "bench" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_leads_somewhere(page):
    links = re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", page.read_text("utf-8"))
    for link in (first or second for first, second in links):
        if link.startswith("https://"):
            continue
        path, _hash, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_first_page_lists_every_page():
    listed = set(re.findall(r"\]\(docs/([\w-]+\.md)\)", (ROOT / "README.md").read_text("utf-8")))
    assert listed == {page.name for page in (ROOT / "docs").glob("*.md")}


def options_of(parser: CommandParser) -> Iterator[str]:
    for action in parser._actions:
        yield from action.option_strings
        for child in (action.choices or {}).values() if isinstance(action.choices, dict) else ():
            yield from options_of(child)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_command_and_option_is_there(page):
    commands = get_commands()
    for line in page.read_text("utf-8").splitlines():
        named = re.findall(r"manage\.py (\w+)", line)
        assert set(named) <= set(commands), line
        if not named:
            continue
        known = {
            option
            for name in named
            for option in options_of(load_command_class(commands[name], name).create_parser("", name))
        }
        assert set(re.findall(r"(?<=[ `\[])--[a-z][a-z-]*", line)) <= known, line


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_variable_is_one_that_the_settings_read(page):
    example = (ROOT / ".env.example").read_text("utf-8")
    known = set(re.findall(r"^#? ?([A-Z_]+)=", example, re.MULTILINE))
    set_here = set(re.findall(r"`([A-Z][A-Z_]+)=[^`]*`", page.read_text("utf-8")))
    assert set_here - {"PORT", "FROM", "ARGS"} <= known
