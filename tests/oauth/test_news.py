"""A connection that is lost, and one that works again, as the company's programs hear of it."""

from accounts.audit import COMMAND_LINE
from oauth import renewing, storing
from oauth.models import Connection, ConnectionState
from tests.alarms.wrong import connection_lost
from tests.webhooks.listeners import listener
from webhooks import events
from webhooks.models import Event


def test_a_connection_that_ends_is_told_once(world):
    listener(world.company)
    connection = connection_lost(world.user, state=ConnectionState.CONNECTED, cause="")
    for _time in range(2):
        renewing.end(connection, "refresh_token_revoked", "AADSTS50173")
    event = Event.objects.get()
    events.complete([event])
    assert (event.kind, event.about) == ("connection.lost", connection.pk)
    assert event.facts == {
        "company": "Alpha",
        "id": str(connection.pk),
        "provider": "microsoft",
        "address": "bob@people.example",
        "person": "bob@people.example",
        "cause": "refresh_token_revoked",
    }


def test_one_that_was_lost_and_is_connected_again_is_told_and_a_first_one_is_not(world):
    listener(world.company)
    grant = storing.NewGrant("app", "t", "o", "bob@people.example", "Bob", [], b"tokens")
    new = Connection(company=world.company, membership=world.user)
    storing.store(new, grant, COMMAND_LINE)
    storing.store(new, grant, COMMAND_LINE)
    assert not Event.objects.exists()
    renewing.end(new, "refresh_token_revoked", "")
    storing.store(Connection.objects.get(), grant, COMMAND_LINE)
    assert list(Event.objects.order_by("id").values_list("kind", flat=True)) == [
        "connection.lost",
        "connection.restored",
    ]


def test_nothing_is_told_where_nobody_listens(world):
    connection = connection_lost(world.user, state=ConnectionState.CONNECTED, cause="")
    renewing.end(connection, "refresh_token_revoked", "")
    assert not Event.objects.exists()
