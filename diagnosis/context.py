"""Where an error text comes from: step, provider and way of signing in, as the caller says or as the text shows."""

import re

from diagnosis.codes import has_enhanced_code

_STAGE_MARKS = {
    "authorize_redirect": "<authorize>",
    "token": "<token>",
    "graph_send": "<graph> <graph_send>",
    "graph_other": "<graph> <graph_other>",
    "smtp_connect": "<smtp> <smtp_connect>",
    "smtp_tls": "<smtp> <smtp_tls>",
    "smtp_auth": "<smtp> <smtp_auth>",
    "smtp_mail": "<smtp> <smtp_mail>",
    "imap_auth": "<incoming> <imap>",
    "pop_auth": "<incoming> <pop>",
}
_FLOW_MARKS = {
    "basic": "<basic>",
    "delegated": "<delegated> <oauth>",
    "client_credentials": "<app_only> <oauth>",
    "refresh": "<refresh> <oauth>",
    "ropc": "<ropc> <oauth>",
    "xoauth2": "<oauth>",
}
# Where nobody says the stage, provider or flow, these words do: all stages that fit, else the first that fits.
_STAGE_SIGNS = (
    (
        "<graph>",
        (
            "graph.microsoft",
            "innererror",
            "odata",
            '"code":"error',
            '"code": "error',
            "exchangelib",
            "exchange/services",
            "webservices.data",
        ),
    ),
    (
        "<token>",
        (
            "aadsts",
            "invalid_grant",
            "invalid_client",
            "unauthorized_client",
            "access_denied",
            "refresh_token",
            "refresh token",
            "redirect_uri",
            "consent",
            "oauth state",
            "state_not_found",
            "state mismatch",
            "match state",
            "correlation failed",
            "/common",
            "signed in to",
            "sign-in was",
            "oauth flow",
            "oauth callback",
            "oauth2 callback",
            "oauth 2.0 policy",
            "client authentication failed",
            "state token",
            "expectedstate",
        ),
    ),
    ("<incoming> <imap>", ("imap", "[authenticationfailed]", "no authenticate failed", "no login failed")),
    ("<incoming> <pop>", ("-err ", "pop3")),
    (
        "<smtp> <smtp_connect>",
        (
            "invalid greeting",
            "unexpected greeting",
            "bad greeting",
            "code 220 but got",
            'code "220" but got',
            "smtpconnecterror",
            "refused to talk to me",
            "initial server greeting",
            "helo/ehlo",
            "ehlo/helo",
            "helo command",
            "ehlo command",
            *(f"port: {port}, response: {digit}" for port in (25, 465, 587) for digit in "45"),
        ),
    ),
    ("<smtp>", ("smtp", "mail from", "rcpt to", "dsn=", "sasl")),
)
_REPLY_SIGNS = ("535", "550", "554", "530", "553", "552")
# Which command of SMTP was refused, where nobody says it: signing in, else what comes after it.
_AUTH_SIGNS = ("535", "534", "5.7.8", "eauth", "auth", "password", "credential", "login", "log in")
_NO_AUTH_SIGNS = (
    "mail from",
    "rcpt",
    "recipient",
    "sender",
    "relay",
    "non-local",
    "authentication required",
    "530",
)
_MAIL_SIGNS = (
    "mail",
    "rcpt",
    "recipient",
    "sender",
    "relay",
    "message",
    "header",
    "550",
    "551",
    "552",
    "553",
    "554",
)
# What a sentence about signing in speaks of, where nothing else tells its place.
_SIGN_IN_SIGNS = (
    "conditional access",
    "tenant",
    "directory",
    "multi-factor",
    "multifactor",
    "mfa",
    "second factor",
    "device",
    "application",
    "sign-in",
    "signed in",
    "strong authentication",
    "security defaults",
    "assertion",
    "grant",
    "scope",
    "reply address",
    "auth token",
    "flow token",
    "code_verifier",
    "an msa",
    "client loop",
    "account risk",
    "due to risk",
    "resource is",
    "security challenge",
    "trust/",
    "recent password",
    "broker app",
)
# Gateways between SMTP and Graph pass its names on in an SMTP reply.
_GRAPH_NAMES = ("ms graph", "graph api", "graph.microsoft.com", "erroraccessdenied", "errorsendasdenied")
_PROVIDER_SIGNS = (
    (
        "<microsoft>",
        ("prod.outlook.com", "aadsts", "office365.com", "graph.microsoft", "protection.outlook.com"),
    ),
    ("<google>", ("gsmtp", "support.google.com", "accounts.google", "gmail.com", "googleapis")),
)
_FLOW_SIGNS = (("<oauth>", ("xoauth2", "oauthbearer", "authenticate failed")),)
# Exchange Online and Gmail took passwords for fetching mail until 2022: before, a refused one was a wrong one.
_LONG_AGO = re.compile(r"\b20(?:0\d|1\d|2[01])[-/.][01]?\d[-/.][0-3]?\d")
_SINCE = re.compile(r"\b20(?:2[2-9]|[3-9]\d)[-/.][01]?\d[-/.][0-3]?\d")


def context_marks(text: str, *, stage: str | None, provider: str | None, flow: str | None) -> str:
    """The marks of the context of a text in small letters."""
    place = _place(text, stage)
    marks = (
        place,
        f"<{provider}>" if provider else "",
        _signs(text, _PROVIDER_SIGNS),
        _FLOW_MARKS.get(flow or "") or _signs(text, _FLOW_SIGNS),
        "<long_ago>" if "<incoming>" in place and _LONG_AGO.search(text) and not _SINCE.search(text) else "",
    )
    return " ".join(marks)


def _place(text: str, stage: str | None) -> str:
    place = _STAGE_MARKS.get(stage or "") or _places(text)
    if "graph" not in place and any(name in text for name in _GRAPH_NAMES):
        place += " <graph>"
    return place


def _signs(text: str, table: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    return next((mark for mark, signs in table if any(sign in text for sign in signs)), "")


def _places(text: str) -> str:
    found = [mark for mark, signs in _STAGE_SIGNS if any(sign in text for sign in signs)]
    if not found and (any(code in text for code in _REPLY_SIGNS) or has_enhanced_code(text)):
        found = ["<smtp>"]
    if found == ["<smtp>"]:
        return f"<smtp> {_smtp_step(text)}"
    if found:
        return " ".join(found)
    anywhere = f"<smtp> {_smtp_step(text)} <incoming> <graph>"
    return f"<token> {anywhere}" if any(sign in text for sign in _SIGN_IN_SIGNS) else anywhere


def _smtp_step(text: str) -> str:
    if any(sign in text for sign in _AUTH_SIGNS) and not any(sign in text for sign in _NO_AUTH_SIGNS):
        return "<smtp_auth>"
    return "<smtp_mail>" if any(sign in text for sign in _MAIL_SIGNS) else ""
