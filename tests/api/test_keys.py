"""A key itself: what is stored of it, who finds it, whom it may send as, and when it is dead."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent, User
from api import keys
from api.models import ApiKey
from api.scopes import Scope
from core.redact import redact


def made(world, **options):
    return keys.make(world.company, "ERP", [Scope.SEND], actor=COMMAND_LINE, **options)


def test_the_secret_finds_the_key_and_is_stored_nowhere(world):
    key, secret = made(world)
    assert keys.key_of(secret) == key
    assert secret.startswith(f"pmk_{key.prefix}_")
    rows = repr(list(ApiKey.objects.values())) + repr(list(AuditEvent.objects.values()))
    assert secret.removeprefix(f"pmk_{key.prefix}_") not in rows
    assert secret not in redact(f"GET /?x={secret} failed")


@pytest.mark.parametrize("change", [str.upper, lambda s: s[:-1], lambda s: s + "x", lambda s: "pmk_" + s])
def test_anything_else_finds_no_key(world, change):
    _key, secret = made(world)
    assert keys.key_of(change(secret)) is None


@pytest.mark.parametrize("secret", ["", "pmk", "pmk_", "pmk__", "x" * 100_000, "pmk_ü_ü", "pmk_\x00_\x00"])
def test_what_is_no_secret_at_all_finds_no_key(world, secret):
    made(world)
    assert keys.key_of(secret) is None


def test_a_key_is_good_on_its_last_day_and_dead_after_it(world):
    today = timezone.localdate()
    _key, last_day = made(world, ends_on=today + timedelta(days=1))
    _key, over = made(world, ends_on=date(2020, 1, 1))
    assert keys.key_of(last_day) is not None
    assert keys.key_of(over) is None
    assert keys.find(over).has_ended


def test_a_revoked_key_is_dead_at_once_and_is_revoked_only_once(world):
    key, secret = made(world)
    assert keys.revoke(key, COMMAND_LINE)
    assert not keys.revoke(key, COMMAND_LINE)
    assert keys.key_of(secret) is None
    assert AuditEvent.objects.filter(action="key.revoked").count() == 1


def test_a_key_of_a_closed_company_is_dead(world):
    _key, secret = made(world)
    world.company.is_active = False
    world.company.save()
    assert keys.key_of(secret) is None


def test_a_key_for_some_knows_only_them(world):
    key, _secret = made(world, people=[world.user])
    assert keys.person(key, "BOB@people.example") == world.user
    assert keys.person(key, "carol@people.example") is None
    assert keys.person(key, "mallory@people.example") is None


def test_a_key_for_all_knows_everybody_of_the_company_and_nobody_else(world):
    key, _secret = made(world)
    assert keys.person(key, "carol@people.example") == world.colleague
    assert keys.person(key, "mallory@people.example") is None


@pytest.mark.parametrize(
    "address", ["", "\x00", "bob@people.example\x00", "bob@people.example\n", "x" * 100_000]
)
def test_what_is_no_address_is_nobodys(world, address):
    key, _secret = made(world)
    assert keys.person(key, address) is None


def test_a_key_whose_people_are_gone_sends_as_nobody(world):
    _key, secret = made(world, people=[world.user])
    world.user.delete()
    assert list(keys.people_of(keys.key_of(secret))) == []


def test_a_person_who_may_not_sign_in_is_not_sent_as(world):
    key, _secret = made(world)
    world.user.user.is_active = False
    world.user.user.save()
    assert keys.person(key, "bob@people.example") is None


def test_last_use_is_written_once_a_minute(world, django_assert_num_queries):
    key, _secret = made(world)
    keys.used(key)
    first = ApiKey.objects.get(pk=key.pk).last_used_at
    with django_assert_num_queries(0):
        keys.used(key)
    other_process = ApiKey.objects.get(pk=key.pk)
    other_process.last_used_at = None
    keys.used(other_process)
    assert ApiKey.objects.get(pk=key.pk).last_used_at == first


def test_key_and_person_are_found_together_as_one_by_one(world):
    key, _secret = keys.make(world.company, "ERP", [Scope.SEND], people=[world.user], actor=COMMAND_LINE)
    assert keys.with_person(key, "BOB@people.example") == (key, world.user)
    for nobody in ("carol@people.example", "mallory@people.example", "", "a\0b", "x" * 400):
        assert keys.with_person(key, nobody) == (key, None)


def test_key_and_person_are_asked_for_anew_each_time(world):
    key, _secret = keys.make(world.company, "ERP", [Scope.SEND], actor=COMMAND_LINE)
    assert keys.with_person(key, "carol@people.example") == (key, world.colleague)
    keys.revoke(key, COMMAND_LINE)
    assert not keys.with_person(key, "carol@people.example")[0].is_usable
    User.objects.filter(pk=world.colleague.user_id).update(is_active=False)
    assert keys.with_person(key, "carol@people.example")[1] is None
    ApiKey.objects.all().delete()
    assert keys.with_person(key, "bob@people.example") == (None, None)
