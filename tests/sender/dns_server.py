"""A DNS server on loopback that knows what a test tells it."""

import socketserver
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


class DnsServer(socketserver.ThreadingUDPServer):
    """Serves between `with` and its end. `records`, `providers`: TXT by name; `aliases`: CNAME by name."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Question)
        self.records: dict[str, list[str]] = {}
        self.providers: dict[str, list[str]] = {}
        self.aliases: dict[str, str] = {}
        self.is_silent = False
        self.asked: list[str] = []

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> "DnsServer":
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Question(socketserver.BaseRequestHandler):
    server: DnsServer

    def handle(self) -> None:
        wire, sock = self.request
        question = dns.message.from_wire(wire)
        name = question.question[0].name.to_text(omit_final_dot=True).lower()
        self.server.asked.append(name)
        if self.server.is_silent:
            return
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        if alias := self.server.aliases.get(name):
            answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "CNAME", f"{alias}."))
            name = alias
        if texts := self.server.records.get(name) or self.server.providers.get(name):
            quoted = [
                " ".join(f'"{text[at : at + 200]}"' for at in range(0, len(text), 200)) for text in texts
            ]
            answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "TXT", *quoted))
        if not answer.answer:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        sock.sendto(answer.to_wire(), self.client_address)
