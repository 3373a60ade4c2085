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
# The sign-in log, copied: its number stands on a line of its own, between "Failure" and the reason.
_NUMBER_ON_ITS_LINE = re.compile(r"\n[ \t]{0,20}(\d{5,7})[ \t]{0,20}(?:\n|$)")
# At Microsoft's sign-in, a program may give nothing but the number.
_RETOLD_AADSTS = re.compile(r"(?:\(|\b(?:code|error)[ =:#]{1,3})([5-9]\d{4,6})\b")
_NUMBER_ALONE = re.compile(r"\W{0,9}(\d{5,7})\W{0,9}")
# Each of these looks for a digit first, and back from it: that is many times quicker.
_ENHANCED = re.compile(r"([245](?<![\d.v/].)(?<!rfc.... .)(?<!section .)\.\d{1,3}\.\d{1,3})(?![\d]|\.\d)")
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
_LOOK_BACK = 24
_REPLY = re.compile(
    r"([45](?:(?<![\w.:/].)|(?<=code[:=].))(?<!line .)(?<!php\(.)(?<!\w\[.)(?:(?<=4)[2-5]\d|(?<=5)[0-5]\d|(?<=5)7[17]))"
    r"(?=[ \-]{1,2}\S|[\"'):,;\]]|[ .\t\r]*(?:\n|$))"
)
# A status of HTTP is one where it stands first, or after such a word.
_STATUS = re.compile(r"[45](?<!\w.)\d\d\b")
_BEFORE_STATUS = re.compile(
    r"(?:http(?:/\d(?:\.\d)?)?|status(?:[_ ]?code)?|error|code|returned|too many|success|response|responded with)"
    r"[\"':=\s(\[]{1,4}$|^\W{0,4}$"
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
_NUMBER = re.compile(r"[1356](?<![\d.].)\d{1,4}(?![\d.])")
_BEFORE_NUMBER = re.compile(
    r"(errno|winerror|socket ?error|os error|winsock|error|code|failed)(?: error| code)?[ :=#(\[]{1,4}$"
)
_SAID_OF_ANYTHING = ("error", "code", "failed")


def web_marks(text: str, http_status: int | None, context: str) -> list[str]:
    """The numbers of Entra and of HTTP, as marks without their brackets."""
    aadsts = _AADSTS.findall(text) if "aadsts" in text else _BARE_AADSTS.findall(text)
    if not aadsts and "failure" in text:
        aadsts = _NUMBER_ON_ITS_LINE.findall(text)
    if not aadsts and "<microsoft>" in context and ("<token>" in context or "<authorize>" in context):
        aadsts = _RETOLD_AADSTS.findall(text)
    if alone := _NUMBER_ALONE.fullmatch(text):
        aadsts = [alone[1]]
    marks = [f"aadsts{number}" for number in aadsts]
    statuses = [str(http_status)] if http_status else _statuses(text)
    return [*marks, *(f"http{status}" for status in statuses)][:_MOST_MARKS]


def _statuses(text: str) -> list[str]:
    return [match[0] for match in _STATUS.finditer(text) if _BEFORE_STATUS.search(_before(text, match))]


def _before(text: str, match: re.Match[str]) -> str:
    return text[max(0, match.start() - _LOOK_BACK) : match.start()]


def socket_marks(text: str, context: str) -> list[str]:
    """What the number of a socket's error means, as marks without their brackets."""
    connecting = "<smtp_connect>" in context or "<smtp_tls>" in context
    found = (match for match in _NUMBER.finditer(text) if match[0] in _OF_SOCKETS)
    meant = [_OF_SOCKETS[match[0]] for match in found if _is_of_socket(text, match, connecting)]
    return [f"socket_{meaning}" for meaning in meant][:_MOST_MARKS]


def _is_of_socket(text: str, match: re.Match[str], connecting: bool) -> bool:
    said = _BEFORE_NUMBER.search(_before(text, match))
    return said is not None and (
        said[1] not in _SAID_OF_ANYTHING or (connecting and len(match[0]) > len("99"))
    )


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
