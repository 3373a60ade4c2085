"""Secrets made for looking for them: plain words, so that no pattern masks them by luck."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

CLIENT_SECRET = "tulip-canary-of-the-client-secret"
SMTP_PASSWORD = "heron canary of the mail server"
EMAIL_PASSWORD = "otter canary of the mailbox"
APP_PASSWORD = "cnryqwertzuiopas"
SIGN_IN_PASSWORD = "badger canary of the portal"
BODY = "the lynx canary costs seven"
CODE = "walrus-canary-code"
ACCESS_TOKEN = "ibex-canary-access"
REFRESH_TOKEN = "ibex-canary-refresh"
LOCAL_VARIABLE = "stoat canary of a local variable"

STORED = (CLIENT_SECRET, SMTP_PASSWORD, EMAIL_PASSWORD, APP_PASSWORD)
ALL = (*STORED, SIGN_IN_PASSWORD, BODY, CODE, ACCESS_TOKEN, REFRESH_TOKEN, LOCAL_VARIABLE)


def typed(app_password: str) -> str:
    """As Google shows it: four groups of four."""
    return " ".join(app_password[start : start + 4] for start in range(0, 16, 4))


def forms(secret: str) -> set[bytes]:
    """What the secret looks like after the usual encodings."""
    encoded = {base64.b64encode(secret.encode()).decode().rstrip("="), secret.encode().hex()}
    plain = {secret, html.escape(secret), quote(secret), quote_plus(secret), json.dumps(secret)[1:-1]}
    return {form.encode() for form in plain | encoded | {repr(secret)[1:-1]}}


def found_in(content: bytes, secrets: tuple[str, ...] = ALL) -> list[str]:
    """The secrets that can be read in the content, in whatever form."""
    every = [*secrets, typed(APP_PASSWORD)] if APP_PASSWORD in secrets else secrets
    return [secret for secret in every if any(form in content for form in forms(secret))]
