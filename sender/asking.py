"""Whom to ask to connect: everybody who can mend his own mail with it, and why; ahead of connections that die."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import listing, mailings
from accounts.models import Company, MailState, Membership, Why
from oauth import google_services
from oauth.models import IDLE_LIFETIME, Connection, ConnectionState
from oauth.services import can_connect
from sender import standing
from sender.sending_state import SendingState, states

AHEAD_OF_IDLE = timedelta(days=14)
AHEAD_OF_END = timedelta(days=3)  # of a connection that its provider gave for a time only


@dataclass(frozen=True, slots=True)
class Asking:
    """`lately`: asked a short time ago; `others`: whose mail does not work for a reason that only an admin mends."""

    people: list[tuple[Membership, Why]]
    lately: int
    others: int


def asking(company: Company) -> Asking:
    standing.connections_ended()  # since a worker last looked
    lately = mailings.asked_lately(company)
    wanted: list[tuple[Membership, Why]] = []
    others = skipped = 0
    for one, why in _needing(company):
        if why is None:
            others += 1
        elif one.pk in lately:
            skipped += 1
        else:
            wanted.append((one, why))
    return Asking(wanted, skipped, others)


def _needing(company: Company) -> Iterator[tuple[Membership, Why | None]]:
    """Those who never had a way are many where a company begins: of them nothing has to be looked at."""
    rows = Membership.objects.filter(company=company, user__is_active=True).select_related("user", "company")
    in_order = rows.order_by("found_by", "pk")
    for people in listing.in_parts(in_order.filter(mail_state=MailState.ATTENTION)):
        found = states(company, people)
        yield from ((one, _why(found[one.pk])) for one in people)
    never = list(in_order.filter(mail_state=MailState.NEVER))
    why = Why.NOT_CONNECTED if never and _can_be_connected(never[0]) else None
    yield from ((one, why) for one in never)
    ending = in_order.filter(mail_state=MailState.WORKS, pk__in=_ending(company).values("membership"))
    yield from ((one, Why.IDLE) for one in ending)


def _why(state: SendingState) -> Why | None:
    if state.reconnect_to:
        return Why.RECONNECT
    return Why.MORE if state.lacking else None


def _can_be_connected(one: Membership) -> bool:
    """As the company's settings are; no more than them decides it."""
    return not can_connect(one) or _can_connect_to_google(one)


def _can_connect_to_google(one: Membership) -> bool:
    return google_services.app_of(one) is not None and not google_services.can_connect(one)


def _ending(company: Company) -> QuerySet[Connection]:
    now = timezone.now()
    soon = Q(refreshed_at__lt=now - IDLE_LIFETIME + AHEAD_OF_IDLE) | Q(ends_at__lt=now + AHEAD_OF_END)
    return Connection.objects.filter(soon, company=company, state=ConnectionState.CONNECTED)
