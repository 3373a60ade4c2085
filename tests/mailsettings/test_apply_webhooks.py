"""`[[company.webhook]]` in an apply file."""

import base64

import pytest

from accounts.models import AuditEvent
from tests.webhooks.listeners import listener
from webhooks import secrets, services
from webhooks.forms import AT_FIRST
from webhooks.models import Condition, Endpoint

COMPANY = '[[company]]\ncode = "Alpha"\nname = "Alpha Ltd"\n'
URL = "https://tms.alpha.example/in?key=of-the-address"
HOOK = f'[[company.webhook]]\nurl = "{URL}"\nsecret = {{ env = "HOOK_SECRET" }}\n'

pytestmark = pytest.mark.django_db


@pytest.fixture
def secret(monkeypatch) -> str:
    secret = secrets.make()
    monkeypatch.setenv("HOOK_SECRET", secret)
    return secret


def test_a_webhook_is_made_with_the_secret_named_and_the_same_again_is_nothing(apply, secret):
    text = COMPANY + HOOK + 'events = ["message.sent", "message.failed"]\n'
    code, said = apply(text)
    assert code == 0, said
    endpoint = Endpoint.objects.get()
    assert (endpoint.url, endpoint.events, endpoint.is_on) == (URL, ["message.sent", "message.failed"], True)
    assert endpoint.unseal().decode() == secret
    assert '+ Alpha.webhook.tms.alpha.example.secret = "stored"' in said
    before = AuditEvent.objects.count()
    assert apply(text) == (0, ["Nothing to do."])
    assert AuditEvent.objects.count() == before


def test_without_events_a_new_one_hears_of_all_but_alarms(apply, secret):
    assert apply(COMPANY + HOOK)[0] == 0
    assert Endpoint.objects.get().events == AT_FIRST


def test_another_secret_replaces_it_and_for_a_day_both_sign(apply, secret, monkeypatch):
    apply(COMPANY + HOOK)
    another = secrets.make()
    monkeypatch.setenv("HOOK_SECRET", another)
    _code, said = apply(COMPANY + HOOK)
    assert said == ['~ Alpha.webhook.tms.alpha.example.secret: "stored" → "replaced"', "Done."]
    assert Endpoint.objects.get().unseal().decode() == f"{another}\n{secret}"


def test_what_the_file_leaves_out_stays(apply, secret):
    apply(COMPANY + HOOK + 'events = ["message.sent"]\nis_on = false\n')
    assert apply(f'{COMPANY}[[company.webhook]]\nurl = "{URL}"\n') == (0, ["Nothing to do."])
    endpoint = Endpoint.objects.get()
    assert (endpoint.events, endpoint.condition) == (["message.sent"], Condition.OFF)
    assert apply(COMPANY) == (0, ["Nothing to do."])


def test_events_are_changed_and_it_is_switched(apply, secret):
    apply(COMPANY + HOOK + 'events = ["message.sent"]\n')
    code, said = apply(COMPANY + HOOK + 'events = ["message.failed"]\nis_on = false\n', "--dry-run")
    assert (code, said) == (
        0,
        [
            '~ Alpha.webhook.tms.alpha.example.events: ["message.sent"] → ["message.failed"]',
            "~ Alpha.webhook.tms.alpha.example.is_on: true → false",
            "Nothing was changed: this is a dry run.",
        ],
    )
    assert Endpoint.objects.get().events == ["message.sent"]
    Endpoint.objects.update(condition=Condition.FAILING)
    assert apply(COMPANY + HOOK + "is_on = true\n")[0] == 0
    assert Endpoint.objects.get().is_on


@pytest.mark.parametrize(
    ("hook", "path"),
    [
        ("", "secret"),
        ('events = ["message.read"]\nsecret = { env = "HOOK_SECRET" }\n', "events"),
        ('events = []\nsecret = { env = "HOOK_SECRET" }\n', "events"),
        ('secret = "whsec_in-the-file"\n', "secret"),
        ('secret = { env = "NOWHERE" }\n', "secret"),
        ('secrets = { env = "HOOK_SECRET" }\n', "secrets"),
    ],
)
def test_what_is_wrong_is_told_with_its_path(apply, secret, hook, path):
    code, said = apply(f'{COMPANY}[[company.webhook]]\nurl = "{URL}"\n{hook}')
    assert code == 1
    assert said[0].startswith(f"company[0].webhook[0].{path}: "), said
    assert not Endpoint.objects.exists()


@pytest.mark.parametrize("url", ["http://tms.alpha.example/", "https://10.0.0.1/", ""])
def test_an_address_is_held_to_the_rules_of_the_page(apply, secret, url):
    code, said = apply(COMPANY + HOOK.replace(URL, url))
    assert code == 1
    assert said[0].startswith("company[0].webhook[0].url: ")


@pytest.mark.parametrize("made", [b"x" * 23, b"x" * 65, b""])
def test_a_secret_too_short_or_too_long_to_sign_is_refused(apply, monkeypatch, made):
    monkeypatch.setenv("HOOK_SECRET", "whsec_" + base64.b64encode(made).decode())
    code, said = apply(COMPANY + HOOK)
    assert (code, said[0]) == (
        1,
        "company[0].webhook[0].secret: A signing secret is whsec_ and 24 to 64 random bytes in base64.",
    )


def test_an_address_stands_once_and_ten_are_enough(apply, secret, world):
    assert apply(COMPANY + HOOK + HOOK)[1][0].startswith("company[0].webhook[1].url: This address stands")
    for _number in range(services.MOST):
        listener(world.company)
    code, said = apply(COMPANY + HOOK)
    assert code == 1
    assert "ten webhooks" in said[0]
