"""What may be typed, value by value."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError

from mailsettings.forms import rules

TODAY = date(2026, 11, 21)
AN_ID = "8f1d6c52-0b1c-4f6e-9a3e-5b7d2c9e1a40"


def sentence_of(rule, *values) -> str:
    with pytest.raises(ValidationError) as caught:
        rule(*values)
    return caught.value.messages[0]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("smtp.firm.example", "smtp.firm.example"),
        ("  SMTP.Firm.Example ", "smtp.firm.example"),
        ("smtp.firm.example.", "smtp.firm.example"),
        ("relay", "relay"),
        ("mail_out.firm.example", "mail_out.firm.example"),
        ("pasts.māja.example", "pasts.māja.example"),
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8::25", "2001:db8::25"),
    ],
)
def test_a_server_is_a_name_or_an_address(typed, kept):
    assert rules.host_name(typed) == kept


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("https://smtp.firm.example", "without “https://”"),
        ("smtp://smtp.firm.example:587", "without “https://” or “smtp://”"),
        ("smtp.firm.example:587", "port has a field of its own"),
        ("smtp.firm.example/out", "without a slash"),
        ("anna@firm.example", "e-mail address"),
        ("smtp firm.example", "without spaces"),
        ("-smtp.firm.example", "not a server's name"),
        ("smtp..firm.example", "not a server's name"),
        ("300.300.1.1", "not a server's name"),
        ("a" * 64 + ".example", "not a server's name"),
        ("smtp.firm.example\r\nRCPT", "not a server's name"),
        ("xn--\u200d.example", "not a server's name"),
    ],
)
def test_what_is_not_a_server_says_what_to_type(typed, says):
    assert says in sentence_of(rules.host_name, typed)


@pytest.mark.parametrize(
    "typed", [AN_ID, f" {AN_ID.upper()} ", "firm.onmicrosoft.com", "FIRM.example", "māja.example"]
)
def test_a_directory_is_an_id_or_a_domain(typed):
    assert rules.directory_id(typed) == typed.strip().lower()


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("common", "accounts of any company"),
        ("Organizations", "accounts of any company"),
        ("consumers", "accounts of any company"),
        ("anna@firm.example", "e-mail address"),
        ("firm", "neither"),
        (AN_ID[:-1], "neither"),
        (f"https://login.firm.example/{AN_ID}", "neither"),
    ],
)
def test_what_is_not_a_directory_says_what_to_copy(typed, says):
    assert says in sentence_of(rules.directory_id, typed)


def test_an_application_is_an_id():
    assert rules.application_id(f" {AN_ID} ") == UUID(AN_ID)
    for wrong in ("firm.example", AN_ID + "0", "{" + AN_ID + "}"):
        assert "not an Application (client) ID" in sentence_of(rules.application_id, wrong)


@pytest.mark.parametrize(
    ("typed", "says"),
    [(AN_ID, "secret's ID"), ("abc****************", "hides this value"), ("abc8Q~VX gA3c", "no spaces")],
)
def test_what_is_not_a_secrets_value_is_refused_without_repeating_it(typed, says):
    sentence = sentence_of(rules.client_secret, typed)
    assert says in sentence
    assert typed not in sentence


def test_a_secrets_value_passes():
    assert rules.client_secret("abc8Q~VXgA3cwNAOqsxxAuDH0X5l21-Sw-oH303R") is None


def test_a_secret_ends_between_today_and_24_months():
    rules.secret_end(TODAY, TODAY)
    rules.secret_end(date(2028, 11, 21), TODAY)
    assert "has passed" in sentence_of(rules.secret_end, TODAY - timedelta(days=1), TODAY)
    assert "24 months" in sentence_of(rules.secret_end, date(2099, 12, 31), TODAY)


@pytest.mark.parametrize("typed", ["abcd efgh ijkl mnop", "abcdefghijklmnop", " ABCD\u00a0efgh ijkl mnop\n"])
def test_an_app_password_is_sixteen_letters_spaces_ignored(typed):
    assert rules.gmail_app_password(typed) == "abcdefghijklmnop"


@pytest.mark.parametrize("typed", ["abcd efgh ijkl mno", "abcdefghijklmnopq", "abcd1fghijklmnop", "hunter2"])
def test_another_password_is_not_an_app_password(typed):
    assert "16 letters" in sentence_of(rules.gmail_app_password, typed)


@pytest.mark.parametrize(
    ("port", "security", "says"),
    [
        (465, "starttls", "Choose “TLS from the start”"),
        (587, "tls", "Choose STARTTLS"),
        (993, "tls", "reading mail"),
        (110, "none", "reading mail"),
    ],
)
def test_a_port_that_does_not_fit_says_what_does(port, security, says):
    assert says in sentence_of(rules.port_fits, port, security)


@pytest.mark.parametrize(
    ("port", "security"), [(587, "starttls"), (465, "tls"), (25, "none"), (2525, "starttls")]
)
def test_other_ports_go_with_any_security(port, security):
    assert rules.port_fits(port, security) is None


@pytest.mark.parametrize("text", ["Anna\r\nBcc: x", "Anna\x00", "Anna\u2028", "=?utf-8?q?hi=0d=0aBcc=3a_x?="])
def test_text_that_could_break_a_header_is_refused(text):
    assert sentence_of(rules.header_text, text)


def test_a_user_name_with_an_at_sign_is_an_address():
    assert rules.user_name("FIRM\\anna") == "FIRM\\anna"
    assert rules.user_name("anna@firm.example") == "anna@firm.example"
    assert sentence_of(rules.user_name, "anna@@firm")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("smtp．firm．example", "smtp.firm.example"), ("ＳＭＴＰ.firm.example", "smtp.firm.example")],
)
def test_letters_of_another_width_are_the_usual_ones(typed, kept):
    assert rules.host_name(typed) == rules.directory_id(typed) == kept
