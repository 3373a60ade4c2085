"""Mask secrets in text that came from elsewhere, before it is logged, stored or shown.

Servers and libraries put tokens, codes and passwords into their error texts (RFC 9700 section 4.3; MSAL's
exceptions quote the state and the ID token). What helps a person stays: error codes, trace ids, host names.
Every pattern is bounded or consumes what it scans, so the time is linear in the length of the text.
"""

import base64
import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus

MASK = "[hidden]"

# A key that always holds a secret, in form, query, JSON, PHP-array or "name: value" style.
_ALWAYS_KEY = (
    r"(?:client[_-]?secret|secret[_-]?value|password|passwd|passphrase|pwd|refresh[_-]?token|access[_-]?token"
    r"|id[_-]?token|code[_-]?verifier|device[_-]?code|client[_-]?assertion|assertion|api[_-]?key"
    r"|signing[_-]?key|private[_-]?key)"
)
# A key that holds a secret in OAuth but an ordinary word elsewhere: masked only where the value looks opaque.
_OPEN_KEY = r"(?<![A-Za-z])(?:code|state|nonce|token|sig|session_state|secret)"
_ARROW = r"""(?:\\?["'`]|\])?\s{0,4}(?:=>|%3[AaDd]|[:=])\s{0,4}"""
_VALUE = (
    r"""(?:b?\\?"(?:[^"\\]|\\[^"]){1,4096}\\?"?|b?\\?'(?:[^'\\]|\\[^']){1,4096}\\?'?"""
    r"""|[^\s&"',;}<>)\]]{1,4096})"""
)
_LETTER_AND_DIGIT = r"""(?=[^\s&"',;]{0,40}\d)(?=[^\s&"',;]{0,40}[a-z])"""
_MECHANISM = r"(?:PLAIN|LOGIN|XOAUTH2?|OAUTHBEARER|CRAM|NTLM|GSSAPI|EXTERNAL|SCRAM)\b"
_LINE_END = r"(?:\\r)?(?:\\n|\r?\n)"

_LEAST_HIDDEN = 4  # characters; hiding a shorter value would eat the words around it

_LONG_RUN = r"[A-Za-z0-9+/_~\-]{40,}={0,2}"
_LONG_SEGMENT = re.compile(r"[A-Za-z0-9_~\-]{24,}")
_HEX_KEY = re.compile(r"[0-9a-fA-F]{48,}")

Replacement = str | Callable[[re.Match[str]], str]


def _looks_opaque(segment: str) -> bool:
    """Whether a run without slashes looks like a key and not like a word, a path or an id for support."""
    if _HEX_KEY.fullmatch(segment):
        return True
    return all(any(kind(char) for char in segment) for kind in (str.islower, str.isupper, str.isdigit))


def _mask_opaque_run(match: re.Match[str]) -> str:
    segments = _LONG_SEGMENT.findall(match[0])
    return MASK if any(_looks_opaque(segment) for segment in segments) else match[0]


# Clues: one of them is in the small-lettered text whenever the pattern can match. Looking for them is cheap.
_PATTERNS: tuple[tuple[tuple[str, ...], str, Replacement], ...] = (
    (
        ("private key",),
        r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:[^-]|-(?!----END)){0,20000}(?:-----END[^-]{0,40}-----)?",
        MASK,
    ),
    (("cookie",), r"(?i)\b((?:set-)?cookie\s{0,2}:\s{0,2})[^\r\n]{1,8192}", rf"\1{MASK}"),
    (
        ("authorization",),
        r"(?i)\b(authorization[\"']?\s{0,4}[:=]\s{0,4}[\"']?[a-z]{1,12}\s{1,4})[^\s\"',]{1,8192}",
        rf"\1{MASK}",
    ),
    (("bearer",), r"(?i)\b(bearer(?:\s{1,4}|%20))[A-Za-z0-9._~+/=\-]{12,}", rf"\1{MASK}"),
    (("eyj",), r"eyJ[A-Za-z0-9_\-+/]{8,}={0,2}(?:\.[A-Za-z0-9_\-]{0,8192}){0,4}", MASK),
    (
        # After a 334 challenge the client answers with the user name, the password or the token, in base64.
        ("334",),
        rf"((?<!\d)334\b[^\r\n]{{0,400}}{_LINE_END}[^\r\nA-Za-z0-9+/=]{{0,12}}(?:[CS]: ?)?)"
        r"[A-Za-z0-9+/=]{4,}",
        rf"\1{MASK}",
    ),
    (
        ("auth",),
        rf"(?i)\b(AUTH(?:ENTICATE)?\s{{1,4}}{_MECHANISM}(?:-[A-Z0-9-]{{1,20}})?\s{{1,4}})"
        rf"(?!{_MECHANISM})[A-Za-z0-9+/=]{{8,}}",
        rf"\1{MASK}",
    ),
    (
        # Google: four groups of four small letters (support.google.com/accounts/answer/185833).
        ("pass",),
        r"(?i)(pass(?:word|phrase)?[\"']?\W{1,4}(?:is\s|was\s)?[\"']?)(?-i:[a-z]{4}[ -]){3}(?-i:[a-z]{4})\b",
        rf"\1{MASK}",
    ),
    (
        ("secret", "pass", "pwd", "token", "verifier", "device", "assertion", "api", "signing", "private"),
        rf"(?i)({_ALWAYS_KEY}{_ARROW})(?!\d{{3}}[ -]|\[hidden\]){_VALUE}",
        rf"\1{MASK}",
    ),
    (
        ("code", "state", "nonce", "token", "sig", "secret"),
        rf"(?i)({_OPEN_KEY}{_ARROW}[\"']?)(?!AADSTS\d){_LETTER_AND_DIGIT}[^\s&\"',;}}<>)]{{8,}}",
        rf"\1{MASK}",
    ),
    # The value of a Microsoft Entra client secret: three characters, a digit, "Q~", then the rest.
    (("q~",), r"[\w.~\-]{3}\dQ~[\w.~\-]{6,}", MASK),
    # The portal's own API keys.
    (("pmk_",), r"pmk_[0-9a-f]{1,16}_[\w\-]{8,}", MASK),
    (("ya29.", "gocspx-", "1//0", "4/0a"), r"\b(?:ya29\.|GOCSPX-|1//0|4/0A)[\w\-]{8,}", MASK),
    (("://",), r"(://[^\s/:@]{1,100}:)[^\s/@]{1,200}@", rf"\1{MASK}@"),
    (("",), _LONG_RUN, _mask_opaque_run),
)
_SUBSTITUTIONS = tuple((clues, re.compile(pattern), replacement) for clues, pattern, replacement in _PATTERNS)


def redact(text: str) -> str:
    """The text with tokens, passwords, codes, states and other opaque secrets replaced by a mark.

    Keeps AADSTS numbers, SMTP replies, trace and correlation ids, addresses and host names.
    Never raises on a str, and changes nothing the second time.
    """
    small = text.lower()
    for clues, pattern, replacement in _SUBSTITUTIONS:
        for clue in clues:  # `any` would take twice as long, and every line of the log comes by
            if clue in small:
                text = pattern.sub(replacement, text)
                break
    return text


def hide(text: str, *secrets: str) -> str:
    """The text without these values, for replies to somebody who was just told them.

    A password can be any word, so that no pattern finds it. Also hides its base64, percent, JSON and HTML forms.
    """
    return hide_forms(text, forms_of(*secrets)) if text else text


def forms_of(*secrets: str) -> tuple[str, ...]:
    """Everything `hide` looks for, to be kept by who hides the same values many times."""
    return tuple(form for secret in secrets if len(secret) >= _LEAST_HIDDEN for form in _forms(secret))


def hide_forms(text: str, forms: tuple[str, ...]) -> str:
    for form in forms:
        text = text.replace(form, MASK)
    return text


def _forms(secret: str) -> list[str]:
    """The longest first: a shorter one may be a part of it."""
    encoded = base64.b64encode(secret.encode("utf-8", "surrogateescape")).decode("ascii")
    forms = {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        html.escape(secret),
    }
    return sorted(forms | {encoded, encoded.rstrip("=")}, key=len, reverse=True)
