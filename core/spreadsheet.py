"""Tables for spreadsheets: CSV that a spreadsheet opens as text and never runs as a formula.

https://owasp.org/www-community/attacks/CSV_Injection
"""

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse

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
    """The text of the file, some lines at a time; begins with a mark by which Excel knows UTF-8."""
    writer = csv.writer(_Line())
    part = ["\ufeff" + writer.writerow([cell(value) for value in head])]
    for row in rows:
        part.append(writer.writerow([cell(value) for value in row]))
        if len(part) >= _LINES_AT_ONCE:
            yield "".join(part)
            part = []
    yield "".join(part)


def download(name: str, head: Sequence[object], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """An answer that is sent while `rows` are read, so that its length costs no memory."""
    answer = StreamingHttpResponse(lines(head, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer
