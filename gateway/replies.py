"""What the gateway says: reply codes (RFC 5321 section 4.2), enhanced codes (RFC 3463), a sentence for people."""

import textwrap
import unicodedata

LINE_CHARACTERS = 400  # of 512 (RFC 5321 section 4.5.3.1.5), with room for the codes
_TYPEWRITER = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "…": "..."})

READY_FOR_TLS = "220 2.0.0 Go ahead"
BYE = "221 2.0.0 Bye"
OK = "250 2.0.0 OK"
SENDER_OK, RECIPIENT_OK = "250 2.1.0 Sender OK", "250 2.1.5 Recipient OK"
NO_VRFY = "252 2.5.0 Addresses are not verified here"
SIGNED_IN = "235 2.7.0 Signed in"

CLOSING = "421 4.3.2 The gateway is being stopped. Try again in a moment"
TOO_SLOW = "421 4.4.2 You took too long"
TOO_MANY_CONNECTIONS = "421 4.7.0 Too many connections from your address. Use fewer at once"
TOO_MANY_FAILURES = "421 4.7.0 Too many failed sign-ins from your address. Try again in ten minutes"
GOODBYE_FAILED = "421 4.7.0 Too many failed sign-ins on this connection"
TOO_MUCH = "421 4.3.4 The message is far too large"
NOT_NOW = "451 4.3.0 The message could not be stored just now, and was not taken. Send it again later"
SIGN_IN_NOT_NOW = "454 4.7.0 Sign-in is not possible just now. Try again later"
KEY_IS_BUSY = "454 4.7.0 Too many connections use this API key. Use fewer at once"
TOO_MANY_RECIPIENTS = "452 4.5.3 Too many recipients. Send the message to the others afterwards"
NO_MEMORY = "452 4.3.1 Too many large messages are on their way. Try again in a moment"

BAD_ARGUMENTS = "501 5.5.4 The command's arguments cannot be read"
CANCELLED = "501 5.7.0 Sign-in cancelled"
BAD_BASE64 = "501 5.5.2 This is not base64"
NEED_EHLO = "503 5.5.1 Send EHLO first"
NEED_MAIL = "503 5.5.1 Send MAIL first"
NEED_RCPT = "503 5.5.1 Name at least one recipient first"
NESTED_MAIL = "503 5.5.1 The sender was named before"
ALREADY_SIGNED_IN = "503 5.5.1 Already signed in"
ALREADY_SECURE = "503 5.5.1 The connection is encrypted already"
UNKNOWN_MECHANISM = "504 5.5.4 Sign in with PLAIN or LOGIN"
NEED_STARTTLS = "530 5.7.0 Encrypt the connection first (STARTTLS)"
NEED_SIGN_IN = "530 5.7.0 Sign in first, with an API key as the password"
WRONG_SIGN_IN = "535 "
NOT_KNOWN = "535 5.7.8 The API key, given as the password, is not known"
NOT_USABLE = "535 5.7.8 This API key was revoked or has ended"
MAY_NOT_SEND = "535 5.7.8 This API key may not hand over messages"
NOT_THEIRS = (
    "535 5.7.8 The user name must be the address of a person for whom this API key is, or the company's code"
)
TOO_LARGE = "552 5.3.4 The message is too large"
NON_ASCII = "553 5.6.7 An address with letters other than ASCII needs SMTPUTF8"
BAD_ADDRESS = "553 5.1.3 This is not an e-mail address"
BAD_SENDER = "553 5.1.7 This is not an e-mail address"
UNKNOWN_PARAMETER = "555 5.5.4 This parameter is not known here"


def sentence(code: str, text: str) -> str:
    """`code` is both codes, such as "550 5.7.1"; the text may be long and have any letters."""
    plain = unicodedata.normalize("NFKD", str(text).translate(_TYPEWRITER)).encode("ascii", "ignore").decode()
    lines = textwrap.wrap(plain, LINE_CHARACTERS) or [""]
    number, enhanced = code.split(" ")
    marks = ["-"] * (len(lines) - 1) + [" "]
    return "\r\n".join(f"{number}{mark}{enhanced} {line}" for mark, line in zip(marks, lines, strict=True))
