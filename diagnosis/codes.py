"""The codes in an error text: SMTP replies, enhanced status codes, numbers of Entra and of HTTP.

Sources: RFC 5321 section 4.2 and RFC 3463; learn.microsoft.com/entra/identity-platform/reference-error-codes.
"""

import re

_MOST_MARKS = 100

_AADSTS = re.compile(r"aadsts\W{0,3}(\d{4,7})")
# Entra also writes the number alone: error_codes in JSON, the sign-in log, MSAL.js, error?code= links.
_BARE_AADSTS = re.compile(
    r"(?:error[_ ]?codes?|sign-in error code|error\(s\)|error\?code|resulttype)\W{1,6}(\d{5,7})\b"
)
_NUMBER_ALONE = re.compile(r"\W{0,9}(\d{5,7})\W{0,9}")
_ENHANCED = re.compile(r"(?<![\d.v/])(?<!rfc.... )(?<!section )([245]\.\d{1,3}\.\d{1,3})(?![\d]|\.\d)")
# What stands before the version of a program, which looks the same: nodemailer@4.7.0, PHP 5.4.4, Exim 4.4.1.
_PROGRAMS = (
    *(
        "@",
        "~",
        "^",
        "version",
        "version:",
        "client",
        "release",
        "php",
        "python",
        "ruby",
        "rails",
        ".net",
        "exim",
    ),
    *("mailer", "mailkit", "mimekit", "sendmail", "laravel", "symfony", "django", "wordpress", "joomla"),
    *("drupal", "magento", "typo3", "nextcloud", "roundcube", "odoo", "moodle", "linux"),
)
_LONGEST_NAME = 16
_REPLY = re.compile(
    r"(?:(?<![\w.:/])|(?<=code[:=]))(?<!line )(?<!php\()(?<!\w\[)(4[2-5]\d|5[0-5]\d|57[17])"
    r"(?=[ \-]{1,2}\S|[\"'):,;\]]|[ .\t\r]*(?:\n|$))"
)
_HTTP = re.compile(
    r"(?:http(?:/\d(?:\.\d)?)?|status(?:[_ ]?code)?|error|code|returned|too many)[\"':=\s(]{1,4}([45]\d\d)\b"
)

# Numbers of errors of sockets: Linux, macOS and BSD, Windows (10000 and above).
_OF_SOCKETS = {
    **dict.fromkeys(
        ("110", "60", "10060", "113", "65", "10065", "101", "51", "10051", "112", "64"), "timed_out"
    ),
    **dict.fromkeys(("111", "61", "10061"), "refused"),
    **dict.fromkeys(("104", "54", "10054", "103", "10053", "32", "10052"), "cut"),
    **dict.fromkeys(("11001", "11002", "11003", "11004"), "no_such_host"),
}
_SOCKET_ERROR = re.compile(
    r"(errno|winerror|socket ?error|os error|winsock|error|code|failed)(?: error| code)?"
    r"[ :=#(\[]{1,4}(\d{2,5})(?![\d.])"
)
_SAID_OF_ANYTHING = ("error", "code", "failed")


def web_marks(text: str, http_status: int | None) -> list[str]:
    """The numbers of Entra and of HTTP, as marks without their brackets."""
    aadsts = _AADSTS.findall(text) if "aadsts" in text else _BARE_AADSTS.findall(text)
    if alone := _NUMBER_ALONE.fullmatch(text):
        aadsts = [alone[1]]
    marks = [f"aadsts{number}" for number in aadsts]
    marks += [f"http{http_status}"] if http_status else [f"http{status}" for status in _HTTP.findall(text)]
    return marks[:_MOST_MARKS]


def socket_marks(text: str, context: str) -> list[str]:
    """What the number of a socket's error means, as marks without their brackets."""
    connecting = "<smtp_connect>" in context or "<smtp_tls>" in context
    found = (
        _OF_SOCKETS.get(number)
        for word, number in _SOCKET_ERROR.findall(text)
        if word not in _SAID_OF_ANYTHING or (connecting and len(number) > 2)
    )
    return [f"socket_{meaning}" for meaning in found if meaning][:_MOST_MARKS]


def has_enhanced_code(text: str) -> bool:
    return _ENHANCED.search(text) is not None


def _is_version(text: str, place: int) -> bool:
    # A colon and a space stand before what a program says: "SERVER -> CLIENT: 5.7.1 no".
    return text[max(0, place - _LONGEST_NAME) : place].removesuffix(":").rstrip(" /=").endswith(_PROGRAMS)


def smtp_marks(text: str, smtp_code: int | None) -> list[str]:
    """The codes of SMTP, as marks without their brackets; a code that the caller knows counts before the text's."""
    replies = [str(smtp_code)] if smtp_code else _REPLY.findall(text)
    codes = [match[1] for match in _ENHANCED.finditer(text) if not _is_version(text, match.start())]
    # Exchange numbers by hundreds: 5.7.7xx is about tenants.
    hundreds = [f"{code[:-2]}xx" for code in codes if code[-3:].isdigit()]
    return [*codes, *hundreds, *replies][:_MOST_MARKS]
