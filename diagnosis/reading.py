"""Turn an error text from anywhere into one searchable line, with what is stable in it set apart as marks.

Wrappers differ (Java, .NET, Node, PHP, JSON inside text, HTML, base64 replies of XOAUTH2); codes do not.
So the line is plain small letters, followed by marks in angle brackets: `<535>` an SMTP reply code,
`<5.7.139>` an enhanced status code (RFC 3463), `<aadsts50076>`, `<http403>`, and the context, such as
`<smtp_auth>`, `<google>`, `<oauth>`. Rules look for pieces of this line and for nothing else.
"""

import base64
import binascii
import html
import re
from urllib.parse import unquote

HEAD_CHARS = 8_000
TAIL_CHARS = 4_000
_MOST_MARKS = 100

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
        ("graph.microsoft", "innererror", "odata", "exchangelib", "exchange/services", "webservices.data"),
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
            *(f"port: {port}, response: {digit}" for port in (25, 465, 587) for digit in "45"),
        ),
    ),
    ("<smtp>", ("smtp", "mail from", "rcpt to", "535", "550", "554", "530", "553", "552", "dsn=", "sasl")),
)
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

_AADSTS = re.compile(r"aadsts\W{0,3}(\d{4,7})")
# Entra also writes the number alone: error_codes in JSON, the sign-in log, MSAL.js, error?code= links.
_BARE_AADSTS = re.compile(
    r"(?:error[_ ]?codes?|sign-in error code|error\(s\)|error\?code|resulttype)\W{1,6}(\d{5,7})\b"
)
# Exchange Online and Gmail took passwords for fetching mail until 2022: before, a refused one was a wrong one.
_LONG_AGO = re.compile(r"\b20(?:0\d|1\d|2[01])[-/.][01]?\d[-/.][0-3]?\d")
_SINCE = re.compile(r"\b20(?:2[2-9]|[3-9]\d)[-/.][01]?\d[-/.][0-3]?\d")
_NUMBER_ALONE = re.compile(r"\W{0,9}(\d{5,7})\W{0,9}")
_ENHANCED = re.compile(r"(?<![\d.v/])(?<!rfc.... )(?<!section )([245]\.\d{1,3}\.\d{1,3})(?![\d]|\.\d)")
_REPLY = re.compile(
    r"(?:(?<![\w.:/])|(?<=code[:=]))(?<!line )(?<!php\()(?<!\w\[)(4[2-5]\d|5[0-5]\d|57[17])"
    r"(?=[ \-]{1,2}\S|[\"'):,;\]]|[ .\t\r]*(?:\n|$))"
)
_HTTP = re.compile(
    r"(?:http(?:/\d(?:\.\d)?)?|status(?:[_ ]?code)?|error|code|returned|too many)[\"':=\s(]{1,4}([45]\d\d)\b"
)
# The second and later lines of an SMTP reply repeat its codes in the middle of a sentence (RFC 5321, 4.2.1).
_CONTINUATION = re.compile(
    r"(?<=\s)\d{3}(?:-(?:\d\.\d{1,3}\.\d{1,3}\s)?|\s\d\.\d{1,3}\.\d{1,3}\s)|(?<=\s)5\.7\.\d{1,3}\s\s"
)
_TAG = re.compile(
    r"</?(?:html|head|title|meta|style|script|body|h\d|p|br|hr|div|span|a|b|i|u|em|strong|code|pre|center|font"
    r"|ul|ol|li|dl|dt|dd|table|tbody|tr|td|th)(?:\s[^<>]{0,300})?/?>",
    re.IGNORECASE,
)
_UNICODE_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_LETTER_ESCAPE = re.compile(r"\\+[rnt]")
_BASE64_JSON = re.compile(r"eyJ[A-Za-z0-9+/_\-]{10,2000}={0,2}")
_PERCENT = re.compile(r"%[0-9a-fA-F]{2}")
_PLUS_FOR_SPACE = re.compile(r"(?<=[\w:.,'])\+(?=[\w'(])")
# .NET puts this before every refusal, whatever the reason.
_NOT_SAID_BY_SERVER = (
    "the smtp server requires a secure connection or the client was not authenticated. the server"
)
# .NET prints a sentence in place of the reply code (System.Net.Mail.SmtpStatusCode).
_SAID_BY_DOTNET = {
    "error in processing.": 451,
    "insufficient system storage.": 452,
    "client does not have permission to submit mail to this server.": 454,
    "syntax error in parameters or arguments.": 501,
    "bad sequence of commands.": 503,
    "exceeded storage allocation.": 552,
    "mailbox name not allowed.": 553,
    "transaction failed.": 554,
}
_DOTNET_QUOTES = " the server response was:"
# MailKit lists everything that may be wrong, and the reason below it.
_ADVICE = re.compile(
    r"the server is using a self-signed certificate which cannot be verified|"
    r"the local system is missing a root or intermediate certificate|"
    r"for one or more of the certificates in the chain is temporarily unavailable|"
    r"the certificate presented by the server is expired or invalid|"
    r"the set of ssl/tls protocols supported by the client and server do not match|"
    r"ssl certificate presented by the server is not trusted"
)
# What a server says of itself in a copied conversation, before anything went wrong.
_MECHANISM = (
    r"(?:(?:login|plain-clienttoken|plain|xoauth2?|oauthbearer|cram-md5|digest-md5|ntlm|gssapi)\b[ ]?)"
)
_CAPABILITIES = re.compile(
    r"250[- ](?:size(?: \d{1,12})?|starttls|8bitmime|pipelining|chunking|smtputf8|enhancedstatuscodes|dsn|help|vrfy"
    rf"|auth[ =]{_MECHANISM}{{1,12}})|\bauth[ =]{_MECHANISM}{{2,12}}"
)
# Symfony and Swift Mailer try every way of signing in, with the same password.
_TRIED_WITH_PASSWORD = re.compile(r'authenticator "?(?:login|plain|cram-md5)"? returned')
_TRIED_AS_TOKEN = re.compile(
    r'(?s:authenticator "?xoauth2"? returned(?:(?!authenticator "?(?:login|plain)).){0,600}|xoauth2)'
)
# A setting of the client is no time-out that happened.
_TIMEOUT_SET = re.compile(r"timeouts?[\"']?[ ]?[=: ][ ]?-?\d{1,9}")
_SPACE = re.compile(r"\s+")
_PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\\": " ", "\x00": " "})


def window(raw: str) -> str:
    """The part of a long text that is looked at: its beginning and its end."""
    if len(raw) <= HEAD_CHARS + TAIL_CHARS:
        return raw
    return f"{raw[:HEAD_CHARS]}\n{raw[-TAIL_CHARS:]}"


def _decode_base64_json(match: re.Match[str]) -> str:
    blob = match[0].rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(blob + "=" * (-len(blob) % 4)).decode("utf-8", "replace")
    except binascii.Error:
        return match[0]


def _unwrap(text: str) -> str:
    """Undo the wrappings: base64 JSON, percent encoding, HTML, escapes of JSON and of Python's repr."""
    if "eyJ" in text:
        text = _BASE64_JSON.sub(_decode_base64_json, text)
    if len(_PERCENT.findall(text, 0, 4000)) > 1:
        text = unquote(text, errors="replace")
    if "+" in text and len(_PLUS_FOR_SPACE.findall(text, 0, 4000)) > 3:
        text = _PLUS_FOR_SPACE.sub(" ", text)
    if "\\" in text:
        text = text.replace('\\"', '"')
        text = _UNICODE_ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
        text = _LETTER_ESCAPE.sub(" ", text)
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = _TAG.sub(" ", text)
    return text


def _codes_of_dotnet(text: str) -> str:
    for sentence, code in _SAID_BY_DOTNET.items():
        text = text.replace(sentence + _DOTNET_QUOTES, f"{code} the server said:")
    # The sentence of 450 and 550 is the same.
    unavailable = f"mailbox unavailable.{_DOTNET_QUOTES}"
    text = text.replace(f"{unavailable} 4", "450 the server said: 4")
    return text.replace(unavailable, "550 the server said:")


def _signs(text: str, table: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    return next((mark for mark, signs in table if any(sign in text for sign in signs)), "")


def _places(text: str) -> str:
    found = [mark for mark, signs in _STAGE_SIGNS if any(sign in text for sign in signs)]
    if not found and _ENHANCED.search(text):
        found = ["<smtp>"]
    if found == ["<smtp>"]:
        return f"<smtp> {_smtp_step(text)}"
    return " ".join(found) or "<smtp> <incoming> <graph>"


def _smtp_step(text: str) -> str:
    if any(sign in text for sign in _AUTH_SIGNS) and not any(sign in text for sign in _NO_AUTH_SIGNS):
        return "<smtp_auth>"
    return "<smtp_mail>" if any(sign in text for sign in _MAIL_SIGNS) else ""


def _web_marks(text: str, http_status: int | None) -> list[str]:
    aadsts = _AADSTS.findall(text) if "aadsts" in text else _BARE_AADSTS.findall(text)
    if alone := _NUMBER_ALONE.fullmatch(text):
        aadsts = [alone[1]]
    marks = [f"aadsts{number}" for number in aadsts]
    marks += [f"http{http_status}"] if http_status else [f"http{status}" for status in _HTTP.findall(text)]
    return marks[:_MOST_MARKS]


def _smtp_marks(text: str, smtp_code: int | None) -> list[str]:
    replies = [str(smtp_code)] if smtp_code else _REPLY.findall(text)
    codes = _ENHANCED.findall(text)
    # Exchange numbers by hundreds: 5.7.7xx is about tenants.
    hundreds = [f"{code[:-2]}xx" for code in codes if code[-3:].isdigit()]
    return [*codes, *hundreds, *replies][:_MOST_MARKS]


def read(
    raw: str,
    *,
    stage: str | None = None,
    provider: str | None = None,
    flow: str | None = None,
    http_status: int | None = None,
    smtp_code: int | None = None,
) -> str:
    """The searchable line of an error text: small letters without wrappings, then the marks. Linear time."""
    text = _unwrap(window(raw)).translate(_PLAIN).lower().replace(_NOT_SAID_BY_SERVER, "the server")
    if _DOTNET_QUOTES in text:
        text = _codes_of_dotnet(text)
    if "250-" in text or "xoauth2" in text:
        text = _CAPABILITIES.sub(" ", text)
    if "authenticator" in text and _TRIED_WITH_PASSWORD.search(text):
        text = _TRIED_AS_TOKEN.sub(" ", text)
    if "timeout" in text:
        text = _TIMEOUT_SET.sub(" ", text)
    if "establish an ssl or tls connection" in text:
        text = _ADVICE.sub(" ", text)
    place = _STAGE_MARKS.get(stage or "") or _places(text)
    if "graph" not in place and any(name in text for name in _GRAPH_NAMES):
        place += " <graph>"
    codes = _web_marks(text, http_status)
    if "<smtp>" in place or "<incoming>" in place:
        codes += _smtp_marks(text, smtp_code)
        text = _CONTINUATION.sub(" ", text)
    context = (
        place,
        f"<{provider}>" if provider else "",
        _signs(text, _PROVIDER_SIGNS),
        _FLOW_MARKS.get(flow or "") or _signs(text, _FLOW_SIGNS),
        "<long_ago>" if "<incoming>" in place and _LONG_AGO.search(text) and not _SINCE.search(text) else "",
    )
    return f"{_SPACE.sub(' ', text)} <{'> <'.join(dict.fromkeys(codes))}> {' '.join(context)}"
