"""CSV files that are safe to open."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy

from core.spreadsheet import cell, download, lines


@pytest.mark.parametrize("text", ["=1+1", "+49 170", "-2", "@SUM(A1)", "\t=1", "  =1", "\r=1", "＝1"])
def test_what_a_spreadsheet_would_run_becomes_text(text):
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["Order = 1", "anna@people.example", 12, "", None])
def test_anything_else_stays(value):
    assert cell(value) == ("" if value is None else str(value))


def test_a_file_reads_back_as_it_was_written():
    rows = [['with "quotes"', "two\nlines", "Rēķins; nr, 5"]] * 450
    text = b"".join(download("outbox", ["a", "b", "c"], rows)).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text)))[1:] == rows


def test_lines_are_in_the_language_the_file_was_asked_in_whichever_thread_reads_them():
    day = gettext_lazy("Monday")  # one of Django's own words
    with translation.override("de"):
        text = lines([day], [[day]] * 500)
    with ThreadPoolExecutor(1) as elsewhere:
        read = elsewhere.submit(lambda: "".join(text)).result()
    assert set(read.removeprefix("\ufeff").split()) == {"Montag"}
