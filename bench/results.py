"""bench/RESULTS.md: a section for each row, replaced when the row is measured again."""

import re
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "RESULTS.md"
_HEAD = """# What was measured

Made by `make bench`; how, is told in [README.md](README.md). Each section says when it was measured, how many runs
there were (the middle one counts) and how busy the machine was with other work when it began.
"""
_SECTION = re.compile(r"^## ", re.MULTILINE)


def keep(row: str, title: str, how: str, table: list[str], order: list[str], path: Path = RESULTS) -> None:
    """Write or replace the section of `row`; sections stand in `order`."""
    sections = _sections(path)
    when = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    sections[row] = "\n".join([f"## {row}: {title}", "", f"{when}. {how}", "", *table, ""])
    known = [sections[name] for name in order if name in sections]
    path.write_text("\n".join([_HEAD, *known]), encoding="utf-8")


def _sections(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    _head, *sections = _SECTION.split(path.read_text(encoding="utf-8"))
    return {text.partition(":")[0]: f"## {text.rstrip()}\n" for text in sections}
