"""Wrappings come off, codes become marks."""

import base64

import pytest

from diagnosis.reading import HEAD_CHARS, TAIL_CHARS, read, window


@pytest.mark.parametrize(
    ("raw", "piece"),
    [
        ("Error&#39;s <b>here</b> &amp; there", "error's here & there"),
        ('{"error_description":"AADSTS50076: Due\\r\\nTrace ID: x"}', "<aadsts50076>"),
        ("error_description=AADSTS65004%3a+User+declined+to+consent%2e", "user declined to consent."),
        ("Sign-in error code\t500021", "<aadsts500021>"),
        ('"error_codes"=>[700082]', "<aadsts700082>"),
        ("https://login.example/error?code=50173", "<aadsts50173>"),
        ("HTTP/1.1 403 Forbidden", "<http403>"),
        ("The host’s name", "the host's name"),
        ("caf\\u00e9 closed", "café closed"),
    ],
)
def test_a_wrapped_text_becomes_plain(raw, piece):
    assert piece in read(raw)


@pytest.mark.parametrize(
    ("raw", "marks"),
    [
        ("(535, b'5.7.3 Authentication unsuccessful')", "<5.7.3> <535>"),
        ("550-5.7.26 not\n550 5.7.26 accepted", "<5.7.26> <550>"),
        ('but got code "552", with message "552 too long"', "<552>"),
        ("452 #4.5.3 Too many", "<4.5.3> <452>"),
    ],
)
def test_smtp_codes_become_marks(raw, marks):
    assert marks in read(raw, stage="smtp_mail")


@pytest.mark.parametrize("raw", ["v5.7.1", "Client/5.7.1", "10.5.7.1", "RFC2821 4.1.3", "5.7.1.2"])
def test_versions_addresses_and_sections_are_not_status_codes(raw):
    assert "<5.7.1>" not in read(raw, stage="smtp_mail")
    assert "<4.1.3>" not in read(raw, stage="smtp_mail")


def test_the_reply_code_that_is_known_counts_and_not_one_in_the_text():
    line = read("550 of 554 messages", stage="smtp_mail", smtp_code=421)
    assert "<421>" in line
    assert "<550>" not in line


def test_the_later_lines_of_a_reply_do_not_cut_a_sentence():
    raw = "534-5.7.14 Please log in via your web browser and\n534-5.7.14 then try again."
    assert "web browser and then try again" in read(raw, stage="smtp_auth")


def test_a_base64_answer_is_decoded():
    answer = base64.b64encode(b'{"status":"400","schemes":"Bearer"}').decode()
    assert '"schemes":"bearer"' in read(f"334 {answer}")


def test_bad_base64_stays_as_it_is():
    assert "eyjaaaaaaaaaaaaaa" in read("eyJAAAAAAAAAAAAAA")


def test_the_context_is_marked_as_given():
    line = read("x", stage="imap_auth", provider="google", flow="client_credentials")
    assert all(mark in line for mark in ("<incoming>", "<imap>", "<google>", "<app_only>", "<oauth>"))


def test_the_context_is_guessed_from_the_text_where_nobody_said_it():
    line = read("535 5.7.3 Authentication unsuccessful [X.PROD.OUTLOOK.COM] XOAUTH2")
    assert all(mark in line for mark in ("<smtp>", "<microsoft>", "<oauth>"))


def test_a_long_text_is_read_at_both_ends():
    raw = f"AADSTS50011 {'x ' * 100_000} AADSTS90002"
    assert len(window(raw)) <= HEAD_CHARS + TAIL_CHARS + 1
    assert "<aadsts50011> <aadsts90002>" in read(raw)
