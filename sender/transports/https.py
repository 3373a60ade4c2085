"""One https session in a process for each provider that is called, shared by all mailboxes and threads.

Its kept connections are what is shared, so that a mailbox does not shake hands anew for each of its messages. The
session's own `request` is gone around: it merges cookies, proxies and headers that are never there, at more cost
than all the rest, and what it keeps is not made for several threads.
"""

import time
from pathlib import Path
from threading import Lock

import requests
from requests.structures import CaseInsensitiveDict
from requests.utils import check_header_validity
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from core.net import CONNECT_TIMEOUT_S, http_session

CONNECTIONS = 256  # kept for one host; more threads than that make connections anew
# A connection that was idle for longer is not trusted: something between may have forgotten it without a word, and
# a message that is sent into the void is one of which nobody knows what became of it.
MOST_IDLE_S = 60

_sessions: dict[tuple[str, Path | None], requests.Session] = {}
_lock = Lock()


def session_for(base_url: str, ca_bundle: Path | None) -> requests.Session:
    """The session for this provider; made at its first use and kept until `close_sessions`."""
    key = (base_url, ca_bundle)
    with _lock:
        if key not in _sessions:
            _sessions[key] = _session(ca_bundle)
        return _sessions[key]


def _session(ca_bundle: Path | None) -> requests.Session:
    session = http_session(ca_bundle, connections=CONNECTIONS)
    for adapter in session.adapters.values():
        adapter.poolmanager.pool_classes_by_scheme = {"https": _HttpsPool, "http": _HttpPool}
    return session


class _Distrusting:
    """A pool of connections that closes what was idle for long; urllib3 then makes it anew."""

    def _put_conn(self, conn: HTTPConnection | None) -> None:
        if conn is not None:
            conn.idle_since = time.monotonic()
        super()._put_conn(conn)

    def _get_conn(self, timeout: float | None = None) -> HTTPConnection:
        conn = super()._get_conn(timeout)
        if time.monotonic() - getattr(conn, "idle_since", time.monotonic()) > MOST_IDLE_S:
            conn.close()
        return conn


class _HttpsPool(_Distrusting, HTTPSConnectionPool):
    pass


class _HttpPool(_Distrusting, HTTPConnectionPool):
    pass


def close_sessions() -> None:
    """End all kept connections. The next call makes new ones."""
    with _lock:
        sessions = list(_sessions.values())
        _sessions.clear()
    for session in sessions:
        session.close()


def send(
    session: requests.Session,
    method: str,
    url: str,
    body: object,
    headers: dict[str, str],
    read_timeout_s: float,
) -> requests.Response:
    """One request: not repeated, not redirected, no cookies. `body` has a length, or is None.

    The answer's content is read. Raises requests.RequestException, and what reading the body raises.
    """
    for header in headers.items():
        check_header_validity(header)
    request = requests.PreparedRequest()
    request.prepare_url(url, None)
    length = {"Content-Length": str(len(body) if body is not None else 0)} if method != "GET" else {}
    request.method, request.body = method, body
    request.headers = CaseInsensitiveDict({**session.headers, **length, **headers})
    response = session.get_adapter(url).send(
        request, timeout=(CONNECT_TIMEOUT_S, read_timeout_s), verify=session.verify
    )
    response.content  # noqa: B018 - reads it, and frees the connection
    return response
