"""Tables for spreadsheets: CSV that a spreadsheet opens as text and never runs as a formula.

https://owasp.org/www-community/attacks/CSV_Injection
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from django.http import StreamingHttpResponse
from django.utils import translation

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_LINES_AT_ONCE = 200


class _Line:
    def write(self, line: str) -> str:
        return line


def cell(value: object) -> object:
    """The value with an apostrophe before it where a spreadsheet would take it for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_STARTS_FORMULA) else text


def lines(head: Sequence[object], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The text of the file, some lines at a time; begins with a mark by which Excel knows UTF-8.

    In the language of now, also where a server reads on in another thread.
    """
    return _parts(head, iter(rows), translation.get_language())


def _parts(head: Sequence[object], rows: Iterator[Sequence[object]], language: str) -> Iterator[str]:
    writer = csv.writer(_Line())
    with translation.override(language):
        part = ["\ufeff" + writer.writerow([cell(value) for value in head])]
    while part:
        yield "".join(part)
        with translation.override(language):
            part = [writer.writerow([cell(value) for value in row]) for row in islice(rows, _LINES_AT_ONCE)]


def download(name: str, head: Sequence[object], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """An answer that is sent while `rows` are read, so that its length costs no memory."""
    answer = StreamingHttpResponse(lines(head, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer
