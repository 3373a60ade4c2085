"""Alarms by web hook, in the form of Standard Webhooks.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
The address was typed by a company: it is dialled through the guard, and nothing is followed.
"""

import json
import secrets
from base64 import b64encode
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from standardwebhooks.webhooks import Webhook

from accounts import languages
from alarms import words
from alarms.channels import NotTold
from alarms.models import OVER, Telling, WebHook
from core import guarded
from core.clock import now
from core.crypto import DecryptionFailed
from core.net import OutgoingRefused
from core.sentences import kept

GONE = 410
SECRET_BYTES = 32

__all__ = ["NotTold", "host_of", "new_secret", "tell", "test"]


def new_secret() -> str:
    """A signing secret as the specification writes it."""
    return "whsec_" + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def host_of(row: WebHook) -> str:
    return urlsplit(row.url).hostname or ""


def tell(tellings: list[Telling]) -> None:
    """Post one telling. Raises NotTold."""
    (telling,) = tellings
    company = telling.alarm.company
    row = WebHook.objects.filter(company=company).first()
    with translation.override(languages.known(company.locale) or settings.LANGUAGE_CODE):
        event = _event(telling)
    with kept():  # why it failed goes into a row
        if row is None or host_of(row) != telling.recipient:
            raise NotTold(_("The web hook was removed or changed meanwhile."), is_final=True)
        _post(row, str(telling.pk), event)


def test(row: WebHook, message_id: str) -> None:
    """Post an event that says nothing. Raises NotTold."""
    data = {"company": row.company.code}
    _post(row, message_id, {"type": "alarm.test", "timestamp": now().isoformat(), "data": data})


def _event(telling: Telling) -> dict[str, object]:
    alarm = telling.alarm
    kind = {OVER: "alarm.over", "opened": "alarm.opened"}.get(telling.occasion, "alarm.nearer")
    told = words.of(alarm)
    data = {
        "id": str(alarm.pk),
        "company": alarm.company.code,
        "kind": alarm.kind,
        "subject": alarm.subject,
        "severity": alarm.tone,
        "title": told.title,
        "text": told.text,
        "opened_at": alarm.opened_at.isoformat(),
        "closed_at": alarm.closed_at.isoformat() if alarm.closed_at else None,
        "url": words.mending(alarm, is_own=False).absolute,
    }
    return {"type": kind, "timestamp": timezone.now().isoformat(), "data": data}


def _post(row: WebHook, message_id: str, event: dict[str, object]) -> None:
    body = json.dumps(event, separators=(",", ":"))
    moment = now()
    try:
        signature = Webhook(row.unseal().decode()).sign(message_id, moment, body)
    except DecryptionFailed:
        raise NotTold(_("The signing secret cannot be read. Make a new one.")) from None
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Postroom",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": signature,
    }
    try:
        status, answer, _after = guarded.post(row.url, body.encode(), headers)
    except OutgoingRefused as error:
        raise NotTold(str(error), is_final=True) from None
    except (requests.RequestException, UnicodeError) as error:
        raise NotTold(_reason(error)) from None
    if not 200 <= status < 300:
        raise NotTold(f"HTTP {status} {answer}".strip(), is_final=status == GONE)


def _reason(error: Exception) -> str:
    """The innermost words: what requests and urllib3 wrap around them names their own objects."""
    while inner := [
        one for one in (getattr(error, "reason", None), *error.args) if isinstance(one, Exception)
    ]:
        error = inner[-1]
    return str(error) or type(error).__name__
