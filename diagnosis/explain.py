"""Say in plain words what an error text means: a pure function over the tables of causes and rules."""

import re
from dataclasses import dataclass

from core.redact import redact
from diagnosis import rules, vocabulary
from diagnosis.causes.shape import Cause, Retry, Text
from diagnosis.reading import read, window

RAW_CHARS = 512
_GAP = "[…]"
_HEAD_CHARS = 2_000  # masked, then cut to what is shown
_TAIL_CHARS = 400
_SHOWN_HEAD_CHARS = 377
_SHOWN_TAIL_CHARS = 130

# What a person quotes to Microsoft's support. In pages, JSON, headers and form encoding alike.
_IDS = re.compile(
    r"(?P<name>client-request-id|trace[ _+]?id|correlation[ _+]?id|request[ _+-]?id)"
    r"[\"']?[ +]{0,3}[:=][\"' +]{0,4}(?P<id>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
    r"|(?P<when>timestamp|\"date\"|'date')[\"']?[ +]{0,3}[:=][\"' +]{0,4}"
    r"(?P<at>\d{4}-\d\d-\d\d[ T+]\d\d:\d\d:\d\d(?:\.\d{1,7})?Z?)",
    re.IGNORECASE,
)
_ID_CLUES = ("trace", "correlation", "request", "timestamp", '"date"', "'date'")
# The same cure at Google has a guide of its own.
_AT_GOOGLE = {
    "connect-to-microsoft": "connect-to-google",
    "admin-consent": "connect-to-google",
    "app-registration": "connect-to-google",
    "tenant-client-secret": "connect-to-google",
    "callback-address": "connect-to-google",
    "smtp-send-as-app": "connect-to-google",
    "email-password": "google-app-password",
}
# These are cured otherwise where the portal signs in with a person's user name and password.
_BY_PASSWORD = ("public_client_flow_not_enabled", "federated_account_needs_browser", "mfa_required")
_ID_NAMES = {"traceid": "trace_id", "correlationid": "correlation_id", "requestid": "request_id"}


@dataclass(frozen=True, slots=True)
class Explanation:
    """What went wrong, who mends it and how. Texts are lazy: they are translated when they are shown.

    `who` mends it (user, company_admin, tenant_admin, operator, wait, sender); `tell` is whom this portal tells.
    `commands` hold {mailbox}, {from_address}, {client_id}, {enterprise_object_id} to be filled in.
    `provider_ids` are the ids to quote to the provider; `raw` is the text, redacted and at most 512 characters.
    """

    cause: str
    who: str
    tell: str
    title: Text
    happened: Text
    todo: Text
    commands: tuple[str, ...]
    guide: str
    alternatives: tuple[str, ...]
    retry: Retry
    provider_ids: dict[str, str]
    raw: str
    provider: str | None = None  # as it was given

    @property
    def is_recognised(self) -> bool:
        return self.cause != vocabulary.UNRECOGNISED

    def todo_for(self, reader: str) -> Text:
        """What to do in the words for this reader: user, company_admin or tenant_admin (the IT person)."""
        row = vocabulary.cause(self.cause)
        if self.todo is row.todo_google:  # the others' words are about Microsoft
            return self.todo
        words = {"user": row.todo_user, "company_admin": row.todo_admin, "tenant_admin": row.todo_it}
        own = words.get(reader)
        return self.todo if own is None else own


def explain(
    raw: str,
    *,
    stage: str | None = None,
    provider: str | None = None,
    flow: str | None = None,
    http_status: int | None = None,
    smtp_code: int | None = None,
) -> Explanation:
    """Explain an error text. `stage`, `provider`, `flow`: words of `diagnosis.vocabulary`, None when not known.

    Never raises. Looks at the first 8,000 and the last 4,000 characters, in linear time. A text that shows
    nothing known gets the cause `unrecognised`.
    """
    seen = window(raw)
    line = read(seen, stage=stage, provider=provider, flow=flow, http_status=http_status, smtp_code=smtp_code)
    rule = rules.find(line)
    if rule is None:
        return _explanation(vocabulary.UNRECOGNISED, raw=seen, provider=provider, flow=flow)
    return _explanation(
        rule.cause, raw=seen, provider=provider, flow=flow, alternatives=rule.or_else, retry=rule.retry
    )


def explain_cause(
    slug: str, *, raw: str = "", provider: str | None = None, flow: str | None = None
) -> Explanation:
    """The explanation of a cause that is already known, such as one of the portal's own refusals."""
    return _explanation(slug, raw=window(raw), provider=provider, flow=flow)


def _explanation(
    slug: str,
    *,
    raw: str,
    provider: str | None,
    flow: str | None,
    alternatives: tuple[str, ...] = (),
    retry: Retry | None = None,
) -> Explanation:
    row = vocabulary.cause(slug)
    who = row.who_for(provider, flow)
    return Explanation(
        cause=row.slug,
        who=who,
        tell=row.tell if who == "operator" and row.tell else who,
        title=row.title,
        happened=row.happened,
        todo=_todo(row, provider),
        commands=() if provider in ("google", "other") else row.commands,
        guide=_guide(row, provider, flow),
        alternatives=alternatives,
        retry=retry or row.retry,
        provider_ids=_provider_ids(raw),
        raw=_shortened(raw),
        provider=provider,
    )


def _guide(row: Cause, provider: str | None, flow: str | None) -> str:
    if flow == "ropc" and row.slug in _BY_PASSWORD:
        return "password-flow"
    return _AT_GOOGLE.get(row.guide, row.guide) if provider == "google" else row.guide


def _todo(row: Cause, provider: str | None) -> Text:
    return row.todo_google if provider == "google" and row.todo_google is not None else row.todo


def _provider_ids(raw: str) -> dict[str, str]:
    found: dict[str, str] = {}
    small = raw.lower()
    if not any(clue in small for clue in _ID_CLUES):
        return found
    for match in _IDS.finditer(raw):
        name = re.sub(r"[ _+-]", "", (match["name"] or "timestamp").lower())
        found.setdefault(_ID_NAMES.get(name, match["name"] or "timestamp"), match["id"] or match["at"])
    return found


def _shortened(raw: str) -> str:
    """Beginning and end, at most 512 characters, without secrets. Masked before it is cut to its final length."""
    if len(raw) > _HEAD_CHARS + _TAIL_CHARS:
        # The words at the cuts may be halves of secrets that no longer look like one.
        head, tail = raw[:_HEAD_CHARS].rsplit(None, 1), raw[-_TAIL_CHARS:].split(None, 1)
        raw = f"{''.join(head[:1])} {_GAP} {''.join(tail[-1:])}"
    text = redact(raw).replace("\x00", "").strip()
    if len(text) <= RAW_CHARS:
        return text
    return f"{text[:_SHOWN_HEAD_CHARS]} {_GAP} {text[-_SHOWN_TAIL_CHARS:]}"
