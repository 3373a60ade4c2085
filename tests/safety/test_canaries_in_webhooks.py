"""The signing secrets of webhooks, old and new, and what a message says: in no row, log, page or request."""

from contextlib import suppress
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from accounts.models import Role
from tests.accounts.sign_in import sign_in
from tests.factories import make_company, make_member
from tests.safety import canaries
from tests.sender.helpers import hand_over, refused
from tests.sender.stub_servers import StubGraph
from tests.webhooks.listeners import listener
from webhooks import delivering, secrets, services, spreading
from webhooks.models import Delivery, Endpoint, Event

PAGES = ("webhook-page", "webhook-edit", "webhook-secret", "webhook-remove")
SUBJECT = "the marten canary of a subject"
FILE = """
[[company]]
code = "Hooked"
name = "Hooked Ltd"
[[company.webhook]]
url = "https://hooks.firm.example/in"
secret = { env = "HOOK_SECRET" }
"""


@pytest.fixture
def rude(search):
    """A receiver that repeats the secrets, told of a message that failed, posted to twice and tested."""
    cache.clear()
    company = make_company("Hooked")
    admin = make_member(company, Role.ADMIN)
    with StubGraph() as receiver:
        endpoint, secret = listener(company, f"http://127.0.0.1:{receiver.port}/in")
        secrets = [secret, services.rotate(endpoint, COMMAND_LINE)]
        endpoint.refresh_from_db()  # as a page would read it
        said = f"signing {secrets[0]} and {secrets[1]}, password=hunter22"
        receiver.answers[:] = [(500, {}, said.encode())]
        message = hand_over(admin, text=canaries.BODY, subject=SUBJECT)
        refused(message, f"535 password={canaries.APP_PASSWORD}")
        spreading.spread(timezone.now())
        delivering.turn(endpoint.pk)
        services.test(endpoint, COMMAND_LINE)
        yield admin, endpoint, secrets, receiver, search


def test_nothing_that_is_posted_stored_logged_or_shown_holds_a_secret(rude):
    admin, endpoint, secrets, receiver, search = rude
    for _path, headers, body in receiver.requests:
        search.saw("what was posted", f"{headers} {body.decode()}")
        assert SUBJECT not in body.decode()
    visitor = search.client()
    sign_in(visitor, admin)
    for name, more in [("webhooks", []), *((name, [endpoint.pk]) for name in PAGES)]:
        assert visitor.get(reverse(name, args=["Hooked", *more])).status_code == 200
    assert [row.reply for row in Delivery.objects.exclude(tries=0)] == [
        "signing [hidden] and [hidden], password=[hidden]"
    ] * 2
    assert SUBJECT not in str(list(Event.objects.values()))
    search.assert_clean(*secrets, *(secret.removeprefix("whsec_") for secret in secrets))


def test_apply_says_no_signing_secret_right_or_wrong(search, monkeypatch, tmp_path):
    first, second = secrets.make(), secrets.make()
    path = tmp_path / "company.toml"
    path.write_text(FILE)
    for secret in (first, second, f"{second}x"):
        monkeypatch.setenv("HOOK_SECRET", secret)
        for options in (["--json"], []):
            out = StringIO()
            with suppress(SystemExit):
                call_command("apply", str(path), *options, stdout=out)
            search.saw("apply", out.getvalue())
    assert Endpoint.objects.get().unseal().decode() == f"{second}\n{first}"
    search.assert_clean(*(part for each in (first, second) for part in (each, each.removeprefix("whsec_"))))
