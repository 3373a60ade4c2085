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

from diagnosis.codes import smtp_marks, socket_marks, web_marks
from diagnosis.context import context_marks

HEAD_CHARS = 8_000
TAIL_CHARS = 4_000

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
    context = context_marks(text, stage=stage, provider=provider, flow=flow)
    codes = [*web_marks(text, http_status, context), *socket_marks(text, context)]
    if "<smtp>" in context or "<incoming>" in context:
        codes += (replies := smtp_marks(text, smtp_code))
        if replies and "<smtp_mail>" in context:
            codes.append("replied_to_mail")
        text = _CONTINUATION.sub(" ", text)
    return f" {' '.join(text.split())} <{'> <'.join(dict.fromkeys(codes))}> {context}"
