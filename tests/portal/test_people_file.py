import csv
import io

import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from tests.accounts.sign_in import sign_in
from tests.factories import make_member
from tests.sender.helpers import open_relay


def rows_of(answer):
    text = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(text)))


def test_the_file_says_of_everybody_how_mail_leaves_and_why(client, world):
    open_relay(world.admin)
    answer = sign_in(client, world.support).get(reverse("people-file", args=[world.company.code]))
    assert answer["Content-Disposition"] == 'attachment; filename="people-Alpha.csv"'
    header, *rows = rows_of(answer)
    assert header[:2] == ["Name", "E-mail address"]
    assert [row[1] for row in rows] == [f"{name}@people.example" for name in ("alice", "bob", "carol", "sid")]
    assert rows[1][3:5] == ["saved", "Company mail server"]
    assert rows[1][5]
    assert AuditEvent.objects.filter(action="people.exported", company=world.company).count() == 1


def test_the_file_holds_what_the_list_was_filtered_by(client, world):
    answer = sign_in(client, world.admin).get(reverse("people-file", args=[world.company.code]), {"q": "CAR"})
    assert [row[1] for row in rows_of(answer)[1:]] == ["carol@people.example"]


def test_a_name_that_is_a_formula_is_harmless(client, world):
    world.user.user.name = "=HYPERLINK(1)"
    world.user.user.save()
    answer = sign_in(client, world.admin).get(reverse("people-file", args=[world.company.code]), {"q": "bob"})
    assert rows_of(answer)[1][0] == "'=HYPERLINK(1)"


def test_many_people_take_no_more_queries(client, world, django_assert_max_num_queries):
    for _number in range(30):
        make_member(world.company)
    sign_in(client, world.admin)
    with django_assert_max_num_queries(20):
        rows_of(client.get(reverse("people-file", args=[world.company.code])))


@pytest.mark.parametrize("field", ["q", "method"])
@pytest.mark.parametrize("page", ["people", "people-file"])
def test_what_no_database_can_look_for_finds_people_all_the_same(client, world, page, field):
    sign_in(client, world.admin)
    answer = client.get(reverse(page, args=["Alpha"]), {field: "\0"})
    assert answer.status_code == 200
    assert world.user.user.email.encode() in answer.getvalue()
