import pytest

from accounts.people_reading import MOST_BYTES, MOST_PEOPLE, Line, people_in, role_of, text_of
from core.errors import InputError


def read(text):
    return [(line.number, line.email, line.name, line.role) for line in people_in(text)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_columns_are_known_by_their_names_in_any_order(delimiter):
    text = (
        delimiter.join(("Name", "E-mail", "x", "Role"))
        + "\n"
        + delimiter.join(("Anna", "a@x.example", "", "admin"))
    )
    assert read(text) == [(2, "a@x.example", "Anna", "admin")]


def test_without_names_of_columns_the_address_is_the_one_with_an_at():
    assert read("Anna,a@x.example,support\nb@x.example") == [
        (1, "a@x.example", "Anna", "support"),
        (2, "b@x.example", "", ""),
    ]


def test_addresses_are_read_as_they_are_copied_from_a_message():
    text = 'Anna Bērziņa <a@x.example>; "Bob, B." <b@x.example>; c@x.example'
    assert [line.email for line in people_in(text)] == ["a@x.example", "b@x.example", "c@x.example"]
    assert people_in(text)[0].name == "Anna Bērziņa"
    assert [line.email for line in people_in("a@x.example b@x.example, c@x.example")] == [
        "a@x.example",
        "b@x.example",
        "c@x.example",
    ]


def test_a_line_keeps_its_number_past_empty_lines_and_lines_in_quotes():
    text = 'email,name\n\n"a@x.example","Anna\nAnn"\nb@x.example,Bob\n'
    assert [(number, email) for number, email, _n, _r in read(text)] == [
        (3, "a@x.example"),
        (5, "b@x.example"),
    ]


def test_excels_line_about_the_delimiter_is_nobody():
    assert read("sep=;\nemail;name\na@x.example;Anna, A.") == [(3, "a@x.example", "Anna, A.", "")]


@pytest.mark.parametrize(
    "written",
    ["\u200ba@x.example", "a@x.example\ufeff", "'a@x.example'", "mailto:a@x.example", "“a@x.example”"],
)
@pytest.mark.parametrize("around", ["{}", "e-mail\n{}", "Anna;{};user", "Anna <{}>", "{} b@x.example"])
def test_what_came_along_with_an_address_is_left_out(written, around):
    assert people_in(around.format(written))[0].email == "a@x.example"


def test_what_is_no_address_is_kept_to_be_told():
    assert read("email\nnobody at x") == [(2, "nobody at x", "", "")]
    assert read("Anna\n") == [(1, "Anna", "", "")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_letters_are_read_in_the_usual_encodings(encoding):
    text = "email;name\nå@x.example;Åse Grün"
    assert people_in(text_of(text.encode(encoding))) == [Line(2, "å@x.example", "Åse Grün")]


@pytest.mark.parametrize("text", ["", "  \n \n", "email;name\n"])
def test_nobody_is_told(text):
    with pytest.raises(InputError, match="no address"):
        people_in(text)


def test_too_many_and_too_much_are_refused():
    assert len(people_in("\n".join(f"p{n}@x.example" for n in range(MOST_PEOPLE)))) == MOST_PEOPLE
    with pytest.raises(InputError, match="several parts"):
        people_in("\n".join(f"p{n}@x.example" for n in range(MOST_PEOPLE + 1)))
    with pytest.raises(InputError, match="too large"):
        text_of(b"a" * (MOST_BYTES + 1))
    with pytest.raises(InputError, match="no text"):
        text_of(b"PK\x03\x04\x00\x00")


@pytest.mark.parametrize("name", ["admin", " ADMIN ", "Admin"])
def test_a_role_is_known_in_any_case(name):
    assert role_of(name) == "admin"
    assert role_of("boss") is None
