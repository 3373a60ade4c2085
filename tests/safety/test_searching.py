"""The search itself: a secret left in any of these places is found."""

import base64
import logging

import pytest
from django.http import HttpResponse

from accounts.models import AuditEvent
from mailsettings.models import Credential
from tests.safety import canaries

SECRET = canaries.EMAIL_PASSWORD


def in_an_answer(search, world):
    search.saw_response("GET /", HttpResponse(f"<input value='{SECRET}'>"))


def in_a_header(search, world):
    search.saw_response("GET /", HttpResponse(headers={"Location": f"/?code={canaries.CODE}"}))


def in_a_log_line(search, world):
    logging.getLogger("somewhere").debug("tried %s", SECRET)


def in_a_row(search, world):
    AuditEvent.objects.create(action="made", actor_label="test", details={"value": [SECRET]})


def in_base64_in_a_row(search, world):
    AuditEvent.objects.create(action="made", details={"value": base64.b64encode(SECRET.encode()).decode()})


def on_the_screen(search, world):
    print(SECRET)


@pytest.mark.parametrize(
    "leak", [in_an_answer, in_a_header, in_a_log_line, in_a_row, in_base64_in_a_row, on_the_screen]
)
def test_a_leak_is_found(search, world, leak):
    search.assert_clean()
    leak(search, world)
    with pytest.raises(AssertionError, match="canary"):
        search.assert_clean()


def test_a_deleted_row_is_found_in_the_databases_file(search, vault):
    row = Credential.objects.first()
    row.ciphertext = SECRET.encode()
    row.save()
    row.delete()
    left = search.everything()
    if any(where.endswith("sqlite3") for where, _content in left):  # a database server's files are not ours
        assert any(canaries.found_in(content) for _where, content in left)
