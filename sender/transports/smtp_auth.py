"""Signing in by PLAIN, LOGIN (RFC 4954) and XOAUTH2: what is said, and what the answers mean.

https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
"""

import base64
import binascii
from typing import Protocol


class Connection(Protocol):
    """What is needed of an SmtpConnection."""

    def docmd(self, cmd: str, args: str = "") -> tuple[int, bytes]: ...

    def without_secrets(self, lines: list[bytes]) -> bytes: ...


def _plain(connection: Connection, username: str, password: str) -> tuple[int, bytes]:
    return connection.docmd("AUTH", "PLAIN " + _encoded(plain_response(username, password)))


def plain_response(username: str, password: str) -> str:
    return f"\0{username}\0{password}"


def _login(connection: Connection, username: str, password: str) -> tuple[int, bytes]:
    code, text = connection.docmd("AUTH", "LOGIN")
    for answer in (username, password):
        if code == 334:
            code, text = connection.docmd(_encoded(answer))
    return code, text


def _xoauth2(connection: Connection, username: str, token: str) -> tuple[int, bytes]:
    response = _encoded(xoauth2_response(username, token))
    code, text = connection.docmd("AUTH", f"XOAUTH2 {response}")
    if code != 334:
        return code, text
    # A challenge here is the reason of a refusal, to be answered by an empty line before the refusal comes.
    reason = _decoded(text)
    code, text = connection.docmd("")
    return code, connection.without_secrets([text, reason])


def xoauth2_response(username: str, token: str) -> str:
    return f"user={username}\x01auth=Bearer {token}\x01\x01"


EXCHANGES = {"PLAIN": _plain, "LOGIN": _login, "XOAUTH2": _xoauth2}


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return text
