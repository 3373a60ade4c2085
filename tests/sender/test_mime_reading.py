"""Stored messages as people read them."""

import pytest

from sender.mime.reading import read
from tests.sender.messages import made_messages


@pytest.mark.parametrize("name", list(made_messages()))
def test_messages_that_are_hard_on_software_are_read(name):
    found = read(made_messages()[name])
    assert found.text or found.html or found.files


def test_national_letters_come_out_right():
    assert read(made_messages()["quoted_printable_baltic"]).text.startswith("Lašinys ir žuvis")
    assert read(made_messages()["eight_bit"]).text == "Žuvis ąčęė\r\n"


def test_a_picture_of_the_message_is_within_its_html_and_others_are_not_loaded():
    found = read(made_messages()["inline_images"])
    assert found.html.strip() == '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'
    assert found.text == "..dots\r\n."


def test_a_file_is_told_by_name_and_size():
    (file,) = read(made_messages()["pdf_of_2_mb"]).files
    assert (file.name, file.content_type, file.size_bytes) == ("order.pdf", "application/pdf", 2_097_161)


@pytest.mark.parametrize(
    ("mime", "text", "html"),
    [
        (b"", "", ""),
        (b"\r\n", "", ""),
        (b"Content-Type: text/plain; charset=x\r\n\r\na", "a", ""),
        (b"Content-Type: text/plain; charset=\xff\r\n\r\na", "a", ""),
        (b"Content-Type: text/html\r\nContent-Transfer-Encoding: nonsense\r\n\r\n\xff", "", "\ufffd"),
    ],
)
def test_broken_messages_are_read_as_far_as_they_go(mime, text, html):
    found = read(mime)
    assert (found.text.strip(), found.html.strip(), found.files) == (text, html, ())


def test_parts_that_cannot_be_told_apart_are_one_file():
    (file,) = read(b"Content-Type: multipart/mixed\r\n\r\nno boundary").files
    assert (file.content_type, file.content) == ("multipart/mixed", b"no boundary")


def test_a_file_name_holds_no_path_and_no_line_end():
    head = b'Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="../../a\\b\x01c.pdf"\r\n\r\n'
    (file,) = read(head + b"x").files
    assert not set(file.name) & set("/\\\x01\r\n")
    assert not file.name.startswith(".")
