import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.addresses import wire_form
from sender.mime import MessageRefused
from sender.mime.address import checked_address, parse_list


@pytest.mark.parametrize(
    ("given", "transmitted"),
    [
        (" ulla@Nordic.Example ", "ulla@nordic.example"),
        ("Ulla.User@nordic.example", "Ulla.User@nordic.example"),
        ("relay@server.local", "relay@server.local"),
        ("relay@localhost", "relay@localhost"),
        ("relay@host", "relay@host"),
        ("ulla@bücher.example", "ulla@xn--bcher-kva.example"),
        ("jörg@bücher.example", "jörg@xn--bcher-kva.example"),
        ("ulla@[192.0.2.1]", "ulla@[192.0.2.1]"),
        ('"ulla.user"@nordic.example', "ulla.user@nordic.example"),
    ],
)
def test_an_address_is_put_in_the_form_it_is_transmitted_in(given, transmitted):
    assert checked_address(given, "to") == transmitted


@pytest.mark.parametrize(
    "given",
    [
        "",
        "ulla",
        "@nordic.example",
        "ulla@",
        "ulla@nordic..example",
        "ulla..user@nordic.example",
        "ulla user@nordic.example",
        "ulla@nordic.example, uwe@nordic.example",
        "ulla@nordic.example>\r\nRCPT TO:<eve@evil.example",
        "ulla@nordic.example\u2028",
        "=?utf-8?q?eve=40evil.example?=@nordic.example",
        '"ulla@evil.example"@nordic.example',
        "ulla@nordic.example@evil.example",
        "\udcff@nordic.example",
    ],
)
def test_what_is_not_one_address_is_refused_by_name(given):
    with pytest.raises(MessageRefused) as caught:
        checked_address(given, "cc")
    assert caught.value.field == "cc"
    assert "is not an e-mail address" in caught.value.message
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("", []),
        (" , ,\t", []),
        ("(nobody)", []),
        ("undisclosed-recipients:;", []),
        ("a@x.example", ["a@x.example"]),
        ("a@x.example, b@y.example,", ["a@x.example", "b@y.example"]),
        ('"Bērziņš, Jānis" <janis@x.example>', ["janis@x.example"]),
        ("Jānis Bērziņš (Rīga) <janis@x.example> (home)", ["janis@x.example"]),
        ("Anna@Home <anna@x.example>, Who? <b@y.example>", ["anna@x.example", "b@y.example"]),
        (
            "Friends: a@x.example, B <b@y.example>;, c@z.example",
            ["a@x.example", "b@y.example", "c@z.example"],
        ),
        ("A <@relay.example,@b.example:a@x.example>", ["a@x.example"]),
        ("a@x(office). example , b  @  y.example", ["a@x.example", "b@y.example"]),
        ('"a\\"<eve@evil.example>" <a@x.example>', ["a@x.example"]),
        ("=?utf-8?b?SsSBbmlz?= <janis@x.example>", ["janis@x.example"]),
        ("(one (two) \\) eve@evil.example) a@x.example", ["a@x.example"]),
    ],
)
def test_the_mailboxes_of_a_header_are_found(text, addresses):
    assert [mailbox.address for mailbox in parse_list(text, "to")] == addresses


@pytest.mark.parametrize(
    "text",
    [
        "a@x.example b@y.example",
        "a@x.example; b@y.example",
        "a@x.example <b@y.example>, c@",
        "a@x.example> b@y.example",
        "<a@x.example",
        "<a@x.example> b@y.example",
        "<<a@x.example>>",
        "<a@x.example><b@y.example>",
        "<>",
        '"open <a@x.example>',
        "(open a@x.example",
        "Group: a@x.example",
        "Group: Sub: a@x.example;",
        "a@x.example:b@y.example;",
        "a@x example",
        "Anna",
        "Anna <anna>",
        "a@x.example\\",
        "<a@x.example, b@y.example>",
    ],
)
def test_a_doubtful_list_is_refused_and_not_guessed_at(text):
    with pytest.raises(MessageRefused) as caught:
        parse_list(text, "to")
    assert caught.value.field == "to"


def test_the_display_name_is_kept_as_it_was_written():
    (mailbox,) = parse_list('\r\n "Bērziņš,\r\n Jānis" <janis@x.example>', "to")
    assert mailbox.source == '"Bērziņš, Jānis" <janis@x.example>'


@pytest.mark.parametrize(
    "text", ["(" * 200_000, '"' + "\\" * 200_000, "<" * 200_000, "a@x.example " * 20_000]
)
def test_a_long_hostile_list_is_refused(text):
    with pytest.raises(MessageRefused):
        parse_list(text, "to")


@given(
    st.text(st.sampled_from("aäßžя中"), min_size=1, max_size=9),
    st.text(st.sampled_from("abäöüž"), min_size=1, max_size=9),
)
def test_addresses_of_any_letters_are_found_in_a_list(local, label):
    address = f"{local}@{label}.example"
    found = parse_list(f'{address}, "Ännä, A." <{address}>, Group: Žanna <{address}>;', "to")
    assert {mailbox.address for mailbox in found} == {wire_form(address)}
    assert len(found) == 3
