"""The state of each person's mail, kept beside the membership, so that thousands can be filtered and counted.

Which way somebody's mail goes is a function over a dozen tables (sender/routing.py); doing it again in SQL would be
a second truth. So its result is stored when something it follows from changes: for one person at once, for a whole
company by a worker, within a minute, unless it is small. A company is looked at anew every few hours besides, since
secrets and connections end by the calendar alone.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from accounts import listing
from accounts.models import Company, MailState, Membership
from core import clock
from oauth.models import ConnectionState
from sender.models import SendingMailbox
from sender.sending_state import NOT_ALLOWED_YET, SendingState, states

AT_ONCE = 500
SMALL = listing.LOOKED_AT_AT_ONCE  # people; a company of this size is looked at at once
LOOK_AGAIN = timedelta(hours=6)
_NOT_BEGUN = ("method_not_allowed", "not_connected", "settings_incomplete")  # causes of rungs


def of(state: SendingState) -> MailState:
    """The three states of the list, of the finer ones that pages show."""
    if state.tone in ("good", "info"):
        return MailState.WORKS
    is_begun = state.can_send or state.tone == "bad"
    return MailState.ATTENTION if is_begun or _broken_ways(state) else MailState.NEVER


def cause_of(state: SendingState) -> str:
    """What has to be mended, as a slug of diagnosis; "" where nothing has, or nothing was begun."""
    if of(state) != MailState.ATTENTION:
        return ""
    if state.lacking:
        return NOT_ALLOWED_YET
    return state.cause if state.method or state.reconnect_to else _broken_ways(state)[0]


def _broken_ways(state: SendingState) -> list[str]:
    """Causes of the ways that were set up once and cannot be taken now."""
    return [rung.cause for rung in state.refused if rung.cause not in _NOT_BEGUN]


def keep(company: Company, people: Iterable[Membership]) -> int:
    """Store the state of these people of the company as it is now; returns how many had changed."""
    alike: dict[tuple[str, str, str], list[object]] = {}
    for pk, state in states(company, list(people)).items():
        alike.setdefault((of(state), state.method, cause_of(state)), []).append(pk)
    changed = 0
    for (mail_state, method, cause), keys in alike.items():
        kept = {"mail_state": mail_state, "mail_method": method, "mail_cause": cause}
        changed += Membership.objects.filter(~Q(**kept), pk__in=keys).update(**kept)
    return changed


def settings_changed(company: Company, membership: Membership | None = None, **_more: object) -> None:
    """Signal receiver: somebody changed how a person's mail, or everybody's, leaves."""
    if membership is not None:
        keep(company, _people(company).filter(pk=membership.pk))
    else:
        everybody_changed(company)


def mailbox_changed(mailbox: SendingMailbox) -> None:
    """A mailbox needs attention, or works again."""
    if not mailbox.owner:
        everybody_changed(mailbox.company)
    elif mailbox.membership_id:
        keep(mailbox.company, _people(mailbox.company).filter(pk=mailbox.membership_id))


def joined(instance: Membership, created: bool, **_more: object) -> None:
    """Signal receiver: a new member may have a way already, the company's."""
    if created:
        keep(instance.company, [instance])


def everybody_changed(company: Company) -> None:
    Company.objects.filter(pk=company.pk).update(states_stale_since=clock.now())
    if _people(company)[: SMALL + 1].count() <= SMALL:
        bring_up_to_date(Company.objects.get(pk=company.pk))


def bring_up_to_date(company: Company) -> int:
    """Look at everybody of the company; returns how many had changed.

    What changes meanwhile leaves another time in `states_stale_since`, and the next round looks again.
    """
    changed = sum(keep(company, part) for part in _parts(_people(company)))
    rows = Company.objects.filter(pk=company.pk)
    rows.update(states_checked_at=clock.now())
    rows.filter(states_stale_since=company.states_stale_since).update(states_stale_since=None)
    return changed


def look(now: datetime) -> int:
    """A worker's job: what others left to be looked at. Returns how many people had changed."""
    due = Q(states_stale_since__isnull=False) | Q(states_checked_at__lt=now - LOOK_AGAIN)
    companies = Company.objects.filter(due, is_active=True).order_by(
        F("states_checked_at").asc(nulls_first=True)
    )
    return sum(bring_up_to_date(company) for company in companies) + connections_ended()


def connections_ended() -> int:
    """A grant that was refused for good is told by nobody: it is found out while renewing tokens."""
    ended = Membership.objects.filter(
        connections__state=ConnectionState.NEEDS_RECONNECTING, mail_state=MailState.WORKS
    )
    people = ended.select_related("user", "company").order_by("company")[:AT_ONCE]
    by_company: dict[Company, list[Membership]] = {}
    for one in people:
        by_company.setdefault(one.company, []).append(one)
    return sum(keep(company, found) for company, found in by_company.items())


def _people(company: Company) -> QuerySet[Membership]:
    return Membership.objects.filter(company=company).select_related("user", "company")


def _parts(people: QuerySet[Membership]) -> Iterator[list[Membership]]:
    """All of them in parts, by key, so that a company of any size takes little memory."""
    rows = people.order_by("pk")
    part = list(rows[:AT_ONCE])
    while part:
        yield part
        part = list(rows.filter(pk__gt=part[-1].pk)[:AT_ONCE])
