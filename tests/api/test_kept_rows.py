"""What a key and a person are is remembered between requests; a change holds with the next one all the same."""

from datetime import date

import pytest
from django.db.models import Model
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from api import kept_rows, keys
from api.models import ApiKey
from api.scopes import Scope
from mailsettings.models import SmtpServer
from tests.api.test_messages import ORDER

CHANGES = {
    "revoked": (lambda key, _who: keys.revoke(key, COMMAND_LINE), 401, "key_revoked"),
    "ended": (lambda key, _who: _set(key, ends_on=date(2020, 1, 1)), 401, "key_ended"),
    "deleted": (lambda key, _who: key.delete(), 401, "key_unknown"),
    "of a closed company": (lambda key, _who: _set(key.company, is_active=False), 401, "company_closed"),
    "without the permission": (lambda key, _who: _set(key, scopes=[Scope.READ]), 403, "permission_missing"),
    "for others only": (lambda key, _who: key.people.clear(), 403, "person_not_allowed"),
    "whose person may not sign in": (
        lambda _key, who: _set(who.user, is_active=False),
        403,
        "person_not_allowed",
    ),
    "whose person has another address": (
        lambda _key, who: _set(who.user, email="other@alpha.example"),
        403,
        "person_not_allowed",
    ),
    "whose person is gone": (lambda _key, who: who.delete(), 403, "person_not_allowed"),
    "whose person has no way to send": (
        lambda *_: SmtpServer.objects.all().delete(),
        409,
        "settings_incomplete",
    ),
}


def _set(row: Model, **values: object) -> None:
    type(row).objects.filter(pk=row.pk).update(**values)


@pytest.mark.parametrize("name", CHANGES)
def test_a_key_that_worked_and_is_now(world, program, name):
    change, status, cause = CHANGES[name]
    erp = program(Scope.SEND, people=[world.user])
    for _ in range(2):
        assert erp.post("/messages", ORDER)["state"] == "waiting"
    change(erp.key, world.user)
    refused = erp.post("/messages", ORDER)
    assert (erp.status, refused["cause"]) == (status, cause)


def test_a_permission_and_a_person_that_were_added_hold_at_once(world, program):
    erp = program(Scope.READ, people=[world.admin])
    assert erp.post("/messages", ORDER)["cause"] == "permission_missing"
    _set(erp.key, scopes=[Scope.SEND])
    assert erp.post("/messages", ORDER)["cause"] == "person_not_allowed"
    erp.key.people.add(world.user)
    assert erp.post("/messages", ORDER)["state"] == "waiting"


def test_a_changed_limit_holds_at_once(world, program, settings):
    erp = program()
    erp.post("/messages", ORDER)
    settings.API_REQUESTS_A_MINUTE = 1
    assert erp.post("/messages", ORDER)["cause"] == "too_many_requests"
    settings.API_REQUESTS_A_MINUTE = 1_000
    assert erp.post("/messages", ORDER)["state"] == "waiting"


def test_what_is_remembered_is_what_the_orm_reads(world):
    made, secret = keys.make(
        world.company, "ERP", list(Scope), people=[world.user], ends_on=date(2100, 1, 1), actor=COMMAND_LINE
    )
    keys.used(made)
    for _ in range(2):
        key = keys.find(secret)
        person = keys.person(key, world.user.user.email)
        for row in (key, key.company, person, person.user):
            stored = type(row).objects.get(pk=row.pk)
            assert _values(row) == _values(stored)
            assert (row._state.db, row._state.adding) == ("default", False)
        assert person.company == key.company


def _values(row: Model) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_what_a_caller_does_with_its_key_nobody_else_sees(world):
    _key, secret = keys.make(world.company, "ERP", [Scope.SEND], actor=COMMAND_LINE)
    mine = keys.find(secret)
    mine.name, mine.revoked_at, mine.company.code = "Mine", timezone.now(), "Mine"
    assert keys.find(secret).name == "ERP"
    assert keys.find(secret).is_usable
    assert keys.find(secret).company.code == world.company.code


def test_the_memory_has_an_end(world, monkeypatch):
    monkeypatch.setattr(kept_rows, "MOST", 2)
    query = kept_rows.Query((ApiKey,), "FROM api_apikey WHERE prefix = %(prefix)s")
    prefixes = [keys.make(world.company, "ERP", [Scope.SEND], actor=COMMAND_LINE)[0].prefix for _ in range(3)]
    assert [query.one(prefix=prefix)[0].prefix for prefix in prefixes] == prefixes
    assert len(query._kept) == 2
    assert query.one(prefix="nobody") is None
