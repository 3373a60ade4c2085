"""A company with the sandbox's app to hand over, and somebody without an account at the end of a link."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.audit import Actor
from handover import links, ways
from handover.models import Link
from sandbox import world as sandbox_world

SANDBOX = sandbox_world.load()
NORDIC = next(app for app in SANDBOX.apps if app.name == "Nordic Freight business mail")
CUSTOMS = next(app for app in SANDBOX.apps if app.name == "Cautious Customs business mail")


def secret_of(app) -> str:
    return next(secret.value for secret in app.secrets if not secret.expired)


def ended_secret_of(app) -> str:
    return next(secret.value for secret in app.secrets if secret.expired)


def values(app=NORDIC, **changes: object) -> dict[str, object]:
    """What IT types for an app of the sandbox."""
    typed = {
        "cloud": "sandbox",
        "tenant_id": app.directory,
        "client_id": app.client_id,
        "client_secret": secret_of(app),
        "secret_expires_on": (date.today() + timedelta(days=200)).isoformat(),
    }
    return typed | changes


@dataclass
class Handed:
    """A link and a visitor who has nothing but its address."""

    link: Link
    path: str
    visitor: Client

    def open(self):
        return self.visitor.get(self.path)

    def look(self):
        return self.visitor.post(f"{self.path}look/", follow=True)

    def hand_in(self, typed: dict[str, object]):
        return self.visitor.post(f"{self.path}hand-in/", typed)

    def words(self) -> str:
        return self.open().content.decode()

    def waiting(self) -> dict[str, object]:
        """What the admin's page sends along: which values it showed."""
        return {"proposal": self.link.proposals.values_list("pk", flat=True).first()}

    def fresh(self) -> Link:
        return Link.objects.select_related("company").get(pk=self.link.pk)


@pytest.fixture(autouse=True)
def _no_counts():
    cache.clear()


@pytest.fixture
def clouds(sandbox, sandbox_client, settings):
    """The portal knows the sandbox as a cloud and trusts its servers."""
    settings.MICROSOFT_CLOUDS_FILE = str(sandbox.clouds_file)
    settings.EXTRA_CA_FILE = str(sandbox.ca_file)
    return sandbox


@pytest.fixture
def hand_over(world):
    def make(way: str = "connect", **options: object) -> Handed:
        actor = Actor(world.admin.user, world.admin.user.email)
        link, address = links.make(
            world.company, ways.WAYS[way], "Iris of Cloud Care", actor=actor, **options
        )
        return Handed(link, address.removeprefix("http://testserver"), Client())

    return make
