"""CSV files that are safe to open."""

import csv
import io

import pytest

from core.spreadsheet import cell, download


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
