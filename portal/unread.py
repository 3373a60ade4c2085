"""What a request still brings when its answer is there already: a wrong key, an address that is not, a body too large.

A server that hangs up on it (Granian does) has the proxy that still hands the body on tell its client 502, and a client
that reads only after writing lose the answer. https://www.rfc-editor.org/rfc/rfc9112#section-9.6
"""

from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from time import monotonic

from django.http.response import HttpResponseBase

PIECE_BYTES = 64 * 1024
MOST_S = 60  # as long as nginx waits between two pieces; who goes on sending is hung up on


class ReadsToTheEnd:
    """Django as a WSGI application that gives its answer, and then reads the rest of the body without keeping it.

    The rest is what comes until the client has the answer: nginx and curl stop there and hang up.
    """

    def __init__(self, application: Callable[[dict, Callable], HttpResponseBase]) -> None:
        self._application = application

    def __call__(self, environ: dict[str, object], start_response: Callable) -> Iterable[bytes]:
        answer = self._application(environ, start_response)
        has_body = environ.get("CONTENT_LENGTH") or "HTTP_TRANSFER_ENCODING" in environ
        # Who was given up for saying nothing is not waited for again; a thread of api/silence.py reads there.
        if not has_body or answer.status_code == HTTPStatus.REQUEST_TIMEOUT:
            return answer
        return _Answer(answer, environ["wsgi.input"])


class _Answer:
    def __init__(self, answer: HttpResponseBase, rest: object) -> None:
        self._answer, self._rest = answer, rest

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer
        self.close()
        ends_at = monotonic() + MOST_S
        try:
            while self._rest.read(PIECE_BYTES) and monotonic() < ends_at:
                pass
        except OSError:
            return  # the client hung up

    def close(self) -> None:
        """Once, before the rest is read: the database's connection goes back."""
        if not self._answer.closed:
            self._answer.close()
