"""A Django project that sends through Postroom by each of the two doors."""

from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage as Parsed

import pytest
from django.core.cache import cache

from accounts.audit import COMMAND_LINE
from api import keys
from api.scopes import Scope
from sender.models import OutboxMessage
from tests.sender.helpers import open_relay

INSIDE, BY_REST = "sender.backends.PostroomBackend", "postroom.backend.PostroomBackend"


@pytest.fixture
def by_rest(transactional_db, world, settings, live_server) -> str:
    """A project elsewhere, with a key for everybody of company Alpha; gives the secret."""
    cache.clear()  # the counters of the rate limits
    open_relay(world.user)
    _key, secret = keys.make(world.company, "Shop", [Scope.SEND], actor=COMMAND_LINE)
    settings.EMAIL_BACKEND = BY_REST
    settings.POSTROOM = {"url": live_server.url, "key": secret}
    return secret


@pytest.fixture
def inside(world, settings) -> None:
    """A project that runs Postroom's apps."""
    open_relay(world.user)
    settings.EMAIL_BACKEND = INSIDE
    settings.POSTROOM = {}


@pytest.fixture(params=["inside", "by_rest"])
def door(request: pytest.FixtureRequest) -> str:
    """Every test that asks for it runs through both."""
    request.getfixturevalue(request.param)
    return request.param


@pytest.fixture
def stored(db: None) -> Callable[[], Parsed]:
    """Reads the only message in the outbox, as it will be sent."""

    def read() -> Parsed:
        return message_from_bytes(OutboxMessage.objects.get().content.unseal(), policy=policy.default)

    return read
