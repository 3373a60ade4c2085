"""The e-mail backend for a Django project that is not Postroom's own: hands over by REST, with a key of a company.

    EMAIL_BACKEND = "postroom.backend.PostroomBackend"
    POSTROOM = {"url": "https://portal.example.com", "key": os.environ["POSTROOM_KEY"]}

The key is an entry of a dictionary and not a part of the address, since Django hides settings named so in its error
pages. Each message has an idempotency key, so that asking again after a connection was cut never sends twice.
"""

import base64
import json
import ssl
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import SplitResult, quote, urlsplit
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.views.decorators.debug import sensitive_variables

from postroom import messages
from postroom.base import HandingOver
from postroom.errors import NotTaken

__all__ = ["NotTaken", "PostroomBackend"]

TIMEOUT_S = 60  # unless EMAIL_TIMEOUT says otherwise
MOST_ANSWER_BYTES = 1024 * 1024
_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    reason: str
    given: dict[str, object]  # the JSON; {} for anything else
    retry_after_s: int


class PostroomBackend(HandingOver):
    """Counts as sent what Postroom has stored; the id it gave is then the message's `postroom_id`.

    As whom: the header X-Postroom-Person, else the setting `person`, else From. A key belongs to one company.
    """

    def __init__(
        self,
        fail_silently: bool = False,
        *,
        url: str = "",
        key: str = "",
        person: str = "",
        **options: object,
    ) -> None:
        super().__init__(fail_silently=fail_silently, **options)
        given = getattr(settings, "POSTROOM", {})
        self.address = _address(url or given.get("url", ""))
        self.person = person or given.get("person", "")
        self._key = key or given.get("key", "")
        if not self._key or not self._key.isascii() or not self._key.isprintable():
            raise ImproperlyConfigured("POSTROOM needs an API key: POSTROOM = {'url': …, 'key': …}.")
        self._connection: HTTPConnection | None = None
        self._lock = threading.RLock()

    def open(self) -> bool | None:
        """Whether a connection was made; None when it could not be, silently. Raises NotTaken."""
        if self._connection is not None:
            return False
        connection = self._new_connection()
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            if self.fail_silently:
                return None
            raise _unreachable(error) from None
        self._connection = connection
        return True

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """How many were handed over. Raises NotTaken at the first that was not, unless `fail_silently`."""
        if not email_messages:
            return 0
        with self._lock:
            is_new = self.open()
            if is_new is None:
                return 0
            try:
                return sum(self.send_one(message) for message in email_messages)
            finally:
                if is_new:
                    self.close()

    @sensitive_variables()
    def hand_over(self, message: EmailMessage) -> str:
        """The id of the stored message. Raises NotTaken."""
        person = messages.header(message, messages.PERSON) or self.person or messages.author(message)
        once = messages.header(message, messages.ONCE) or uuid4().hex
        path, headers = f"{self.address.path}/api/v1/messages", {"Idempotency-Key": _in_ascii(once)}
        if parts := messages.parts_of(message):
            body = _json(parts, person)
            headers["Content-Type"] = "application/json"
        else:
            body = messages.as_bytes(messages.finished_for_all(message, person))
            path, headers["Content-Type"] = f"{path}?as={quote(person, errors='replace')}", "message/rfc822"
        answer = self._answer(path, body, headers)
        if answer.status not in (200, 202) or "id" not in answer.given:
            raise _refused(answer)
        return str(answer.given["id"])

    @sensitive_variables()
    def _answer(self, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Asks twice when the kept connection was cut: the idempotency key makes that harmless. Raises NotTaken."""
        try:
            return self._ask(path, body, headers)
        except TimeoutError as error:
            self.close()
            raise _unreachable(error) from None
        except (OSError, HTTPException):
            self.close()
        try:
            return self._ask(path, body, headers)
        except (OSError, HTTPException) as error:
            self.close()
            raise _unreachable(error) from None

    def _ask(self, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        if self._connection is None:
            self._connection = self._new_connection()
        # A portal that refuses a body by its size answers, and hangs up before it is sent.
        with suppress(BrokenPipeError, ConnectionResetError):
            self._connection.request(
                "POST",
                path,
                body,
                headers | {"Authorization": f"Bearer {self._key}", "Accept": "application/json"},
            )
        return _read(self._connection.getresponse())

    def _new_connection(self) -> HTTPConnection:
        timeout_s = getattr(settings, "EMAIL_TIMEOUT", None) or TIMEOUT_S
        host, port = self.address.hostname, self.address.port
        if self.address.scheme == "http":
            return HTTPConnection(host, port, timeout=timeout_s)
        return HTTPSConnection(host, port, timeout=timeout_s, context=ssl.create_default_context())


def _address(url: str) -> SplitResult:
    """Raises ImproperlyConfigured; without TLS only on this machine, as the key would be read on the way."""
    found = urlsplit(url.rstrip("/"))
    is_safe = found.scheme == "https" or (found.scheme == "http" and found.hostname in _HERE)
    if not found.hostname or not is_safe or found.username or found.query or found.fragment:
        raise ImproperlyConfigured(
            "POSTROOM needs the https address of the portal: POSTROOM = {'url': …, 'key': …}."
        )
    return found


def _json(parts: messages.Parts, person: str) -> bytes:
    given = asdict(parts) | {"as": person}
    for file in given["attachments"]:
        file["content"] = base64.b64encode(file["content"]).decode()
    return json.dumps(given).encode()


def _in_ascii(once: str) -> str:
    if not once.isascii() or not once.isprintable():
        raise NotTaken("An idempotency key has printable ASCII characters only.", field="Idempotency-Key")
    return once


def _read(response: HTTPResponse) -> Answer:
    text = response.read(MOST_ANSWER_BYTES + 1)
    if len(text) > MOST_ANSWER_BYTES:
        raise HTTPException("The answer is too long.")
    try:
        given = json.loads(text)
    except ValueError:
        given = {}
    wait_s = response.headers.get("Retry-After") or ""
    return Answer(
        response.status,
        response.reason,
        given if isinstance(given, dict) else {},
        int(wait_s) if wait_s.isascii() and wait_s.isdigit() else 0,
    )


def _refused(answer: Answer) -> NotTaken:
    return NotTaken(
        str(answer.given.get("detail") or f"The portal answered {answer.status} {answer.reason}."),
        cause=str(answer.given.get("cause") or "unreachable"),
        field=str(answer.given.get("field") or ""),
        status=answer.status,
        retry_after_s=answer.retry_after_s,
    )


def _unreachable(error: Exception) -> NotTaken:
    return NotTaken(f"The portal cannot be reached: {error or type(error).__name__}.", cause="unreachable")
