"""The day a client secret ends, as Microsoft knows it.

https://learn.microsoft.com/graph/api/application-get: the registration's `passwordCredentials` name of each secret its
end and, as a hint, its first three characters. The app may read that with the application permission
Application.Read.All, where its directory granted it; most do not, and then the day is typed.
"""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import requests

from accounts.audit import Actor
from core.crypto import DecryptionFailed
from core.net import http_session
from diagnosis.explain import Explanation, explain, explain_cause
from mailsettings import credentials
from mailsettings.models import Credential
from oauth import app_tokens
from oauth.errors import TokenError
from oauth.models import Resource
from oauth.registration import registration_of

HINT_CHARACTERS = 3
READ = "Application.Read.All"


@dataclass(frozen=True, slots=True)
class EndRead:
    """`ends_on` when it was found and stored; `explanation` when Microsoft refused; neither: not to be told which."""

    ends_on: date | None = None
    explanation: Explanation | None = None


def read(secret: Credential, *, actor: Actor) -> EndRead:
    """Ask Microsoft when this client secret ends, and keep it."""
    company = secret.company
    try:
        token = app_tokens.app_token(company, Resource.GRAPH, force=True)  # a grant may be new
        registration = registration_of(company, secret)
    except TokenError as error:
        return EndRead(explanation=_of_cause(error.cause, error.raw))
    except DecryptionFailed:
        return EndRead(explanation=_of_cause("settings_incomplete"))
    cloud = registration.cloud
    url = f"{cloud.graph.rstrip('/')}/v1.0/applications(appId='{registration.client_id}')"
    try:
        status, answer = _get(url, token, cloud.ca_bundle)
    except requests.RequestException as error:
        return EndRead(explanation=_explain(str(error), None))
    if status != requests.codes.ok:
        return EndRead(explanation=_explain(answer if isinstance(answer, str) else str(answer), status))
    ends_on = _end_of(registration.secret, answer)
    if ends_on is None or not credentials.set_expiry(secret, ends_on, actor=actor):
        return EndRead()
    return EndRead(ends_on)


def _get(url: str, token: str, ca_bundle: str) -> tuple[int, object]:
    with http_session(Path(ca_bundle) if ca_bundle else None) as session:
        response = session.get(
            url,
            params={"$select": "passwordCredentials"},
            headers={"Authorization": f"Bearer {token}"},
            allow_redirects=False,
            timeout=(5, 15),
        )
        if response.status_code != requests.codes.ok:
            return response.status_code, response.text[:10_000]
        return response.status_code, response.json()


def _end_of(value: str, answer: object) -> date | None:
    """Of the one secret that begins like ours; None where none does, or several that end on different days."""
    rows = answer.get("passwordCredentials") if isinstance(answer, dict) else None
    hint = value[:HINT_CHARACTERS]
    days = {
        datetime.fromisoformat(str(row["endDateTime"])).date()
        for row in rows or ()
        if isinstance(row, dict) and row.get("hint") == hint and row.get("endDateTime")
    }
    return days.pop() if len(days) == 1 else None


def _explain(raw: str, status: int | None) -> Explanation:
    flow = "client_credentials"
    return explain(raw, stage="graph_other", provider="microsoft", flow=flow, http_status=status)


def _of_cause(cause: str, raw: str = "") -> Explanation:
    return explain_cause(cause, raw=raw, provider="microsoft", flow="client_credentials")
