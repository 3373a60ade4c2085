"""The same with aiosmtpd: a server that takes its time for a message, as one that does real work would.

`python -m bench.sinks.aio --certificate FILE`
"""

import argparse
import asyncio
import logging
import warnings

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from bench.sinks.books import Books
from bench.sinks.serving import serve

warnings.filterwarnings("ignore", module="aiosmtpd")
logging.getLogger("mail").setLevel(logging.ERROR)  # it speaks of an attribute of its own


class _Handler:
    def __init__(self, books: Books) -> None:
        self.books = books

    async def handle_EHLO(self, _server, session: Session, _envelope, name: str, responses: list):  # noqa: N802
        session.host_name = name
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_MAIL(self, _server, _session, envelope: Envelope, address: str, options: list):  # noqa: N802
        self.books.begin()
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 ok"

    async def handle_DATA(self, _server, _session, envelope: Envelope) -> str:  # noqa: N802
        self.books.accept(envelope.content)
        return "250 2.0.0 taken"


def _server(books: Books) -> asyncio.Protocol:
    def sign_in(_server, _session, _envelope, _mechanism: str, who: LoginPassword) -> AuthResult:
        books.signed_in += 1
        books.enter(who.login.decode())
        return AuthResult(success=True)

    return SMTP(
        _Handler(books),
        authenticator=sign_in,
        auth_require_tls=False,
        data_size_limit=50_000_000,
        loop=asyncio.get_running_loop(),
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--certificate", required=True)
    options = parser.parse_args()
    serve(_server, options.certificate)


if __name__ == "__main__":
    main()
