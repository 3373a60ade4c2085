"""Questions to the DNS, asked of the system's servers or of those the operator names."""

from functools import cached_property

import dns.exception
import dns.nameserver
import dns.resolver
from django.conf import settings

from core.errors import PostroomError
from core.net import ascii_host

LIMIT_S = 4.0  # for one question
_NOTHING_THERE = (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.YXDOMAIN)


class DnsUnavailable(PostroomError):
    """No server answered in time, or none is set."""


class Names:
    """Questions to the DNS; after the first without an answer the rest is not asked, and none is asked twice."""

    def __init__(self) -> None:
        self._is_gone = False
        self._known: dict[str, list[str]] = {}

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name, aliases followed; none when there are none. Raises DnsUnavailable."""
        if name not in self._known:
            try:
                self._known[name] = self._asked(ascii_host(name))
            except OSError:  # what cannot be a host name
                self._known[name] = []
        return self._known[name]

    def _asked(self, name: str) -> list[str]:
        if self._is_gone:
            raise DnsUnavailable
        try:
            answer = self._resolver.resolve(name, "TXT", lifetime=LIMIT_S, search=False)
        except _NOTHING_THERE:
            return []
        except (dns.exception.DNSException, OSError, ValueError):  # the last for a setting that is none
            self._is_gone = True
            raise DnsUnavailable from None
        return [b"".join(each.strings).decode("utf-8", "replace") for each in answer]

    @cached_property
    def _resolver(self) -> dns.resolver.Resolver:
        """The system's, or those of `settings.DNS_RESOLVER` ("192.0.2.1:5353,…")."""
        if not settings.DNS_RESOLVER:
            return dns.resolver.Resolver()
        found = dns.resolver.Resolver(configure=False)
        pairs = [one.strip().rpartition(":") for one in settings.DNS_RESOLVER.split(",")]
        found.nameservers = [
            dns.nameserver.Do53Nameserver(host.strip("[]") or port, int(port) if host else 53)
            for host, _colon, port in pairs
        ]
        return found
