"""Handing over mail: the public door of the sender service.

`submit` returns only after the message is stored; nothing is sent inside the caller's request. A worker
(`manage.py worker`) sends it.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Membership
from core.errors import InputError
from mailsettings.agreements import choose
from mailsettings.models import AgreementText, CompanyMailSettings
from sender import agreement as agreements
from sender import mime, size_limit
from sender.models import Content, OutboxMessage, RecipientOutcome, SendingMailbox
from sender.routing import Route, route

KEY_CHARACTERS = OutboxMessage._meta.get_field("idempotency_key").max_length


@dataclass(frozen=True, slots=True)
class Draft:
    """A message in parts; From comes from the person's route."""

    to: Sequence[str]
    subject: str = ""
    text: str = field(default="", repr=False)
    html: str = field(default="", repr=False)
    cc: Sequence[str] = ()
    bcc: Sequence[str] = ()
    reply_to: Sequence[str] = ()
    attachments: Sequence[mime.Attachment] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A finished RFC 5322 message; its bytes are kept. `recipients` None: those of To, Cc and Bcc."""

    data: bytes = field(repr=False)
    recipients: Sequence[str] | None = None


class IdempotencyClash(InputError):
    """The key was used before, for another message."""


def submit(
    membership: Membership,
    message: Draft | RawMessage,
    *,
    submitted_by: str,
    idempotency_key: str = "",
    kind: str = "",
    agreement: str = "",
    language: str = "",
) -> OutboxMessage:
    """Store a message to be sent as this person, and return it.

    `agreement` is the kind of the company's agreement text to append, `language` (BCP 47) the one wanted.
    The same `idempotency_key` within a company gives the message stored before. Raises
    `sender.routing.NoRoute`, `sender.mime.MessageRefused`, `IdempotencyClash` and, for a key that is no key
    and an agreement that is not there, InputError; then nothing is stored.
    """
    is_finished = isinstance(message, RawMessage)
    agreements.check(is_finished=is_finished, agreement=agreement, language=language)
    content_hash = _hash(message, agreement, language)
    if earlier := _earlier(membership, idempotency_key, content_hash):
        return earlier
    way = route(membership)
    facts = {"kind": kind, "submitted_by": submitted_by}
    facts |= {"idempotency_key": idempotency_key, "content_hash": content_hash}
    if agreement:
        chosen = choose(membership.company, agreement, language)
        message = _with_agreement(message, chosen)
        facts |= {"agreement_kind": chosen.kind, "agreement_language": chosen.language}
    frozen = _freeze(message, way)
    policy = CompanyMailSettings.objects.filter(company=membership.company).first() or CompanyMailSettings()
    size_limit.check(frozen, policy.max_files_mb)
    try:
        with transaction.atomic():
            return _store(membership, way, policy, frozen, facts)
    except IntegrityError:
        # Another process stored the same key between our look and our insert.
        if earlier := _earlier(membership, idempotency_key, content_hash):
            return earlier
        raise


def _earlier(membership: Membership, key: str, content_hash: str) -> OutboxMessage | None:
    if not key:
        return None
    if len(key) > KEY_CHARACTERS or not key.isprintable():
        message = _("An idempotency key has at most %(limit)s printable characters.")
        raise InputError(message % {"limit": KEY_CHARACTERS}, "idempotency_key")
    found = OutboxMessage.objects.filter(company=membership.company, idempotency_key=key).first()
    if found and (found.content_hash != content_hash or found.membership_id != membership.pk):
        message = _("The idempotency key %(key)s was used before for another message.")
        raise IdempotencyClash(message % {"key": key}, "idempotency_key")
    return found


def _hash(message: Draft | RawMessage, agreement: str, language: str) -> str:
    """Of what the caller gave: dates, Message-IDs and agreement texts added by us do not count.

    Keyed, so that a stolen database does not tell whether a guessed text is the right one.
    """
    digest = hmac.new(settings.SECRET_KEY.encode(), digestmod=hashlib.sha256)
    for name, value in (asdict(message) | {"agreement": agreement, "language": language}).items():
        plain = sorted(value.items()) if isinstance(value, Mapping) else value
        plain = list(plain) if isinstance(plain, tuple | list) else plain
        digest.update(f"{name}={plain!r}".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _with_agreement(message: Draft, chosen: AgreementText) -> Draft:
    text, html = agreements.appended(chosen, text=message.text, html=message.html)
    return replace(message, text=text, html=html)


def _freeze(message: Draft | RawMessage, way: Route) -> mime.Frozen:
    now = timezone.localtime()
    if isinstance(message, RawMessage):
        return mime.freeze_raw(
            message.data,
            sender=way.from_address,
            actual_sender=way.sender_address,
            recipients=message.recipients,
            date=now,
        )
    reply_to = message.reply_to or ([way.reply_to] if way.reply_to else [])
    return mime.compose(
        sender=way.from_address,
        sender_name=way.from_name,
        actual_sender=way.sender_address,
        to=message.to,
        cc=message.cc,
        bcc=message.bcc,
        reply_to=reply_to,
        subject=message.subject,
        text=message.text,
        html=message.html,
        attachments=message.attachments,
        headers=message.headers,
        date=now,
    )


def _store(
    membership: Membership,
    way: Route,
    policy: CompanyMailSettings,
    frozen: mime.Frozen,
    facts: dict[str, str],
) -> OutboxMessage:
    """`facts` are further fields of the row."""
    now = timezone.now()
    message = OutboxMessage.objects.create(
        company=membership.company,
        membership=membership,
        person=membership.user.email,
        mailbox=mailbox_for(membership, way),
        route_reason=way.reason,
        refused_rungs=[{"method": r.method, "cause": r.cause, "reason": r.reason} for r in way.refused],
        due_at=now,
        give_up_at=now + timedelta(hours=policy.give_up_hours),
        subject=frozen.subject[:998],
        message_id=frozen.message_id[:998],
        from_address=from_and_envelope(way)[0],
        envelope_from=frozen.envelope_from,
        size_bytes=frozen.size_bytes,
        **facts,
    )
    content = Content(message=message)
    content.seal(frozen.mime)
    content.save()
    kinds = [("to", frozen.to), ("cc", frozen.cc), ("bcc", frozen.bcc)]
    addresses: dict[str, str] = {}
    for kind_, group in kinds:
        for address in group:
            addresses.setdefault(address, kind_)
    RecipientOutcome.objects.bulk_create(
        RecipientOutcome(message=message, address=address, kind=kind_) for address, kind_ in addresses.items()
    )
    return message


def from_and_envelope(way: Route) -> tuple[str, str]:
    """The two addresses of a message that goes this way, as transmitted; who sends on behalf gets the bounces."""
    author = mime.checked_address(way.from_address, "sender")
    return author, mime.checked_address(way.sender_address, "sender") if way.sender_address else author


def mailbox_for(membership: Membership, way: Route) -> SendingMailbox:
    """The sending mailbox of a route, made when it is the first time."""
    mailbox, _created = SendingMailbox.objects.get_or_create(
        company=membership.company,
        method=way.method,
        owner=str(way.membership.pk) if way.membership else "",
        account=way.account,
        defaults={"membership": way.membership},
    )
    return mailbox
