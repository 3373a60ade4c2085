"""Calls over https to addresses that a company typed: made only where `core.net` lets us dial, and never for long."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from socket import SHUT_RDWR, socket
from typing import NamedTuple

import requests
from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from core.net import http_session, open_socket

CONNECT_S = 10
WHOLE_CALL_S = 30  # a server that drips its answer keeps nobody longer
ANSWER_BYTES = 1_000


class Answer(NamedTuple):
    status: int
    text: str  # the beginning of a refusal; "" of a yes
    retry_after: str  # the header as it came


class _Dialled:
    """A connection that `core.net` dials: to an address that was looked at, not to a name that may change."""

    _twin: socket | None = None  # TLS takes the socket itself over
    _timer: threading.Timer | None = None

    def _new_conn(self) -> socket:
        connection = open_socket(self._dns_host, self.port, timeout_s=CONNECT_S)
        self._twin = connection.dup()
        self._begin()
        return connection

    def request(self, *arguments: object, **options: object) -> None:
        if self._timer is not None:  # a kept connection: its time counts from here on
            self._begin()
        super().request(*arguments, **options)

    def _begin(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(WHOLE_CALL_S, _end, [self._twin])
        self._timer.daemon = True
        self._timer.start()

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._twin.close()
            self._timer = None
        super().close()


def _end(connection: socket) -> None:
    """Whoever reads from it, or shakes hands, meets its end now."""
    with suppress(OSError):
        connection.shutdown(SHUT_RDWR)


class _HttpsConnection(_Dialled, HTTPSConnection):
    pass


class _HttpConnection(_Dialled, HTTPConnection):
    pass


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _HttpConnection


Call = Callable[[str, bytes, dict[str, str]], Answer]


@contextmanager
def caller() -> Iterator[Call]:
    """For several calls to one server over the same connection: a function that posts, as `post` does."""
    # Trusts the operator's further authorities, too: the company's receivers may have certificates of these.
    with http_session(extra_ca=settings.EXTRA_CA_FILE) as session:
        for adapter in session.adapters.values():
            adapter.poolmanager.pool_classes_by_scheme = {"https": _HttpsPool, "http": _HttpPool}
        yield partial(_post, session)


def post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Post once, following no redirect.

    Raises core.net.OutgoingRefused, requests.RequestException, and UnicodeError for what is no address.
    """
    with caller() as call:
        return call(url, body, headers)


def _post(session: requests.Session, url: str, body: bytes, headers: dict[str, str]) -> Answer:
    limits = (CONNECT_S, CONNECT_S)
    with session.post(
        url, data=body, headers=headers, allow_redirects=False, stream=True, timeout=limits
    ) as response:
        text = _beginning(response)
        is_refusal = response.status_code >= 300
        said = text.decode("utf-8", "replace") if is_refusal else ""
        return Answer(response.status_code, said, response.headers.get("Retry-After", ""))


def _beginning(response: requests.Response) -> bytes:
    """What was answered is known by its status, whatever becomes of the text. Read to its end, the connection stays."""
    text = b""
    with suppress(requests.RequestException):
        for piece in response.iter_content(ANSWER_BYTES):
            text += piece
            if len(text) >= ANSWER_BYTES:
                break
    return text[:ANSWER_BYTES]
