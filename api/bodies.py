"""Reading a request's body within a limit: what is too large is refused before it was read whole.

Django's own limit (2 MB) is meant for forms. A length that is told is believed; without one (chunked, RFC 9112
section 7.1) the body is read in pieces where the server ends it itself, and refused with 411 where it does not.
"""

from collections.abc import Iterator

from django.http import HttpRequest
from django.utils.translation import gettext as _

from api.problems import Problem

PIECE_BYTES = 64 * 1024
MB = 1024 * 1024


def read(request: HttpRequest, most_bytes: int) -> bytes:
    """The body, kept for `request.body`, too. Raises Problem as `pieces` does."""
    request._body = b"".join(pieces(request, most_bytes))
    return request._body


def pieces(request: HttpRequest, most_bytes: int, piece_bytes: int = PIECE_BYTES) -> Iterator[bytes]:
    """The body as it comes in; Granian gives no less than a piece before the end.

    Raises Problem 411, 413 or 415, and 400 for one that was cut off.
    """
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() not in ("", "identity"):
        raise Problem(415, _("Send the body without Content-Encoding."), field="Content-Encoding")
    told = request.META.get("CONTENT_LENGTH") or ""
    if told and not (told.isascii() and told.isdigit()):
        raise Problem(400, _("The Content-Length is no number."))
    if told and int(told) > most_bytes:
        raise too_large(most_bytes)
    if told or "HTTP_TRANSFER_ENCODING" not in request.META:
        stream = request
    elif request.META.get("wsgi.input_terminated"):
        stream = request.META["wsgi.input"]
    else:
        raise no_length()
    came = 0
    for piece in _read(stream, piece_bytes):
        came += len(piece)
        if came > most_bytes:
            raise too_large(most_bytes)
        yield piece
    if came < int(told or 0):
        raise Problem(400, _("The body is shorter than its Content-Length says."), slug="cut_off")


def has_length(request: HttpRequest) -> bool:
    """Whether it was told how long the body is. Servers end one that was cut off like one that is whole, otherwise."""
    return bool(request.META.get("CONTENT_LENGTH")) or "HTTP_TRANSFER_ENCODING" not in request.META


def no_length() -> Problem:
    return Problem(411, _("Give the length of the body (Content-Length)."))


def cut_off() -> Problem:
    return Problem(400, _("The body could not be read to its end."), slug="cut_off")


def _read(stream: object, piece_bytes: int) -> Iterator[bytes]:
    try:
        while piece := stream.read(piece_bytes):
            yield piece
    except OSError:
        raise cut_off() from None


def too_large(most_bytes: int) -> Problem:
    sentence = _("The body has more than %(limit)s MB, which is the most that is taken here.")
    return Problem(413, sentence % {"limit": most_bytes // MB})
