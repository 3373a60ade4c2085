"""What people do with webhooks; each change is audited. A secret is returned once, to be shown once."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import Actor, record
from accounts.models import Company
from core.errors import InputError
from core.ids import first_of
from webhooks import events as told
from webhooks import listening, outcomes, posting, secrets, spreading
from webhooks.kinds import TEST, EventKind
from webhooks.models import Condition, Delivery, DeliveryState, Endpoint, Event
from webhooks.outcomes import Tried
from webhooks.posting import Answer

MOST = 10  # endpoints of a company
MOST_AGAIN = 5_000  # deliveries
HELD = timedelta(minutes=2)  # so long no worker takes the delivery of a test
MOST_TESTS, TESTS_WITHIN_S = 10, 10 * 60


def of(company: Company) -> QuerySet[Endpoint]:
    """Those that were not removed, with their company."""
    rows = Endpoint.objects.filter(company=company).exclude(condition=Condition.REMOVED)
    return rows.select_related("company")


@transaction.atomic
def add(
    company: Company, url: str, events: Iterable[EventKind], actor: Actor, secret: str = ""
) -> tuple[Endpoint, str]:
    """A new endpoint with its signing secret, which cannot be had a second time. Raises InputError: too many.

    `secret`: one that was made elsewhere (`secrets.is_fit`).
    """
    if of(company).count() >= MOST:
        raise InputError(_("There are ten webhooks already. Remove one first."), "url")
    endpoint = Endpoint(company=company, url=url, events=_in_order(events), made_by_label=str(actor))
    secret = secrets.store(endpoint, timezone.now(), secret)
    endpoint.save()
    record(actor, "webhook.added", company=company, label=endpoint.host, events=endpoint.events)
    listening.forget()
    return endpoint, secret


@transaction.atomic
def change(endpoint: Endpoint, url: str, events: Iterable[EventKind], actor: Actor) -> None:
    before = {"host": endpoint.host, "events": endpoint.events}
    endpoint.url, endpoint.events = url, _in_order(events)
    Endpoint.objects.filter(pk=endpoint.pk).update(url=endpoint.url, events=endpoint.events)
    facts = {"address": endpoint.host} if endpoint.host != before["host"] else {}
    facts |= {"events": endpoint.events} if endpoint.events != before["events"] else {}
    record(actor, "webhook.changed", company=endpoint.company, label=before["host"], **facts)
    listening.forget()


@transaction.atomic
def rotate(endpoint: Endpoint, actor: Actor, secret: str = "") -> str:
    """A new signing secret, or this one; for a day both sign."""
    endpoint = Endpoint.objects.select_for_update(of=("self",)).select_related("company").get(pk=endpoint.pk)
    secret = secrets.store(endpoint, timezone.now(), secret)
    endpoint.save(update_fields=["ciphertext", "key_id", "secret_set_at", "old_secret_until"])
    record(actor, "webhook.secret_replaced", company=endpoint.company, label=endpoint.host)
    return secret


@transaction.atomic
def switch_on(endpoint: Endpoint, actor: Actor) -> None:
    rows = Endpoint.objects.filter(pk=endpoint.pk).exclude(condition__in=[Condition.ON, Condition.REMOVED])
    if rows.update(condition=Condition.ON, failing_since=None):
        record(actor, "webhook.switched_on", company=endpoint.company, label=endpoint.host)
        listening.forget()


@transaction.atomic
def switch_off(endpoint: Endpoint, actor: Actor) -> None:
    """It hears nothing from now on; what waited for it is given up."""
    if Endpoint.objects.filter(pk=endpoint.pk, condition=Condition.ON).update(condition=Condition.OFF):
        outcomes.give_up_waiting(endpoint)
        record(actor, "webhook.switched_off", company=endpoint.company, label=endpoint.host)
        listening.forget()


@transaction.atomic
def remove(endpoint: Endpoint, actor: Actor) -> None:
    """Nothing is posted there any more, and the secrets are gone at once; its deliveries are many (keeping.py)."""
    record(actor, "webhook.removed", company=endpoint.company, label=endpoint.host)
    endpoint.condition = Condition.REMOVED
    endpoint.seal(b"")
    endpoint.save(update_fields=["condition", "ciphertext", "key_id"])
    listening.forget()


def test(endpoint: Endpoint, actor: Actor) -> Answer:
    """Post an event that says nothing, at once and only once, also where the endpoint is switched off."""
    moment = timezone.now()
    with transaction.atomic():
        event = Event.objects.create(company=endpoint.company, kind=TEST, is_spread=True)
        delivery = spreading.delivery(event, endpoint, moment + HELD)
        delivery.give_up_at = moment
        delivery.save(force_insert=True)
        record(actor, "webhook.tested", company=endpoint.company, label=endpoint.host)
    told.complete([event])
    answer = posting.post(endpoint, event)
    outcomes.write(endpoint, [Tried(delivery, answer, timezone.now())])
    return answer


def may_test(company: Company) -> bool:
    """The receiver may be somebody else's, who never asked for it."""
    key = f"webhook-test:{company.pk}"
    cache.add(key, 0, TESTS_WITHIN_S)
    try:
        return cache.incr(key) <= MOST_TESTS
    except ValueError:  # it ended between the two lines
        return True


def send_again(delivery: Delivery, actor: Actor) -> bool:
    """Post this event to its endpoint once more; False where the endpoint is off, or it waits anyway."""
    return bool(_again(Delivery.objects.filter(pk=delivery.pk), delivery.endpoint, actor))


def send_failed_again(endpoint: Endpoint, since: datetime, actor: Actor) -> int:
    """The same with everything since then that was given up, the oldest first; returns how many."""
    failed = Delivery.objects.filter(endpoint=endpoint, state=DeliveryState.FAILED)
    return _again(failed.filter(pk__gte=first_of(since)).order_by("pk"), endpoint, actor)


@transaction.atomic
def _again(rows: QuerySet[Delivery], endpoint: Endpoint, actor: Actor) -> int:
    if not Endpoint.objects.filter(pk=endpoint.pk, condition=Condition.ON).exists():
        return 0
    now = timezone.now()
    settled = rows.exclude(state=DeliveryState.WAITING).exclude(event__kind=TEST)
    keys = list(settled.values_list("pk", flat=True)[:MOST_AGAIN])
    done = Delivery.objects.filter(pk__in=keys).update(
        state=DeliveryState.WAITING, tries=0, due_at=now, give_up_at=now + spreading.GIVE_UP_AFTER
    )
    if done:
        record(actor, "webhook.sent_again", company=endpoint.company, label=endpoint.host, deliveries=done)
    return done


def _in_order(events: Iterable[EventKind]) -> list[str]:
    chosen = set(events)
    return [kind.value for kind in EventKind if kind in chosen]
