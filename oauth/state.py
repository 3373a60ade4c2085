"""Sign-ins under way: kept on the server side, bound to one browser session, taken out once.

RFC 9700 section 2.1 (https://www.rfc-editor.org/rfc/rfc9700): one-time state, bound to the user agent; and
ASVS 5.0 section 10.2. The session keeps random values only, so that it may be renewed meanwhile.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase
from django.utils.crypto import constant_time_compare

from accounts.models import Membership
from core.clock import now
from core.crypto import DecryptionFailed
from oauth.errors import LinkExpired, OtherBrowser, Replayed
from oauth.google_registration import GoogleRegistration
from oauth.models import FLOW_LIFETIME, PendingFlow, Provider
from oauth.registration import Registration

MOST_AT_ONCE = 5  # of one person; starting another forgets the oldest
_BROWSER = "oauth_browser"  # session: a random value that names this browser session
_FOR_COMPANY = (
    "oauth_for_company"  # session: hashes of the last states that were to connect the company's mailbox
)
_USED = "oauth_used"  # session: hashes of the last states taken out, to know a reload from an old link


@dataclass(frozen=True, slots=True)
class Pending:
    flow: dict  # what was sent, and the secrets that prove the answer
    registration_name: list[str]
    for_company: bool  # started to connect the company's mailbox, not the person's own


def keep(
    flow: dict,
    membership: Membership,
    session: SessionBase,
    registration: Registration | GoogleRegistration,
    *,
    for_company: bool = False,
) -> None:
    """Store the flow that `membership` starts in this browser session."""
    if for_company:
        session[_FOR_COMPANY] = [*session.get(_FOR_COMPANY, [])[-4:], _hash(flow["state"])]
    row = PendingFlow(
        state_hash=_hash(flow["state"]),
        session_hash=_hash(session.setdefault(_BROWSER, secrets.token_urlsafe(32))),
        company=membership.company,
        membership=membership,
        user=membership.user,
        provider=registration.provider,
        expires_at=now() + FLOW_LIFETIME,
    )
    kept = {"flow": flow, "registration": registration.name, "for_company": for_company}
    row.seal(json.dumps(kept).encode())
    row.save()
    older = PendingFlow.objects.filter(membership=membership).order_by("-id")[MOST_AT_ONCE:]
    PendingFlow.objects.filter(pk__in=list(older.values_list("pk", flat=True))).delete()


def take(
    membership: Membership, session: SessionBase, state: str, provider: str = Provider.MICROSOFT
) -> Pending:
    """Take the flow with this state out of the store. Only one caller ever gets it.

    An answer that comes to another provider's address finds nothing (ASVS 5.0, 10.2.2).

    Raises OtherBrowser (it stays in the store), Replayed, LinkExpired.
    """
    state_hash = _hash(state)
    row = PendingFlow.objects.filter(state_hash=state_hash, provider=provider).first()
    if row is None:
        raise Replayed if state_hash in session.get(_USED, []) else LinkExpired
    if row.membership_id != membership.pk or not constant_time_compare(
        row.session_hash, _hash(session.get(_BROWSER, ""))
    ):
        raise OtherBrowser
    session[_USED] = [*session.get(_USED, [])[-4:], state_hash]
    taken, _by_model = PendingFlow.objects.filter(pk=row.pk).delete()
    if not taken:
        raise Replayed
    if row.expires_at <= now():
        raise LinkExpired
    try:
        kept = json.loads(row.unseal())
    except DecryptionFailed:  # the operator took the key away meanwhile
        raise LinkExpired from None
    return Pending(kept["flow"], kept["registration"], kept.get("for_company", False))


def was_for_company(session: SessionBase, state: str) -> bool:
    """Whether the company's mailbox was to be connected; known also of a flow that is over, and only to tell people."""
    return _hash(state) in session.get(_FOR_COMPANY, [])


def expire(moment: datetime) -> int:
    """Remove the flows that ran out before `moment`; returns how many."""
    return PendingFlow.objects.filter(expires_at__lte=moment).delete()[0]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
