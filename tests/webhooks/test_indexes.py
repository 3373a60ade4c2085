"""What a worker asks each second, and what pages show, goes through indexes however much was told."""

from django.utils import timezone

from core.keyset import stretch
from tests.alarms.test_indexes import plans  # noqa: F401 - a fixture
from tests.webhooks.listeners import listener, posted_to
from webhooks import delivering, spreading
from webhooks.models import Delivery


def test_a_worker_finds_what_is_due_and_what_is_new_by_index(world, plans):  # noqa: F811
    posted_to(listener(world.company)[0], "waiting")
    assert "event_to_spread" in plans(lambda: spreading.spread(timezone.now()))
    assert "delivery_due" in plans(lambda: delivering.due(timezone.now()))


def test_a_page_finds_its_deliveries_by_index(world, plans):  # noqa: F811
    endpoint = listener(world.company)[0]
    rows = Delivery.objects.filter(endpoint=endpoint)
    assert "delivery_by_endpoint" in plans(lambda: stretch(rows, {}))
    assert "delivery_by_state" in plans(lambda: stretch(rows.filter(state="failed"), {}))
