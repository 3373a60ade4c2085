"""The guard around outgoing connections: which addresses may be dialled, which certificates are trusted.

A company types the host of its mail server, so that the name proves nothing: what counts is the address that
is really dialled. Address blocks: https://www.iana.org/assignments/iana-ipv4-special-registry and
https://www.iana.org/assignments/iana-ipv6-special-registry.
"""

import os
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path

import certifi
import idna
import requests
from django.conf import settings
from requests.adapters import HTTPAdapter

from core.errors import PostroomError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

CONNECT_TIMEOUT_S = 10
READ_TIMEOUT_S = 60

# Written out because `ipaddress.is_global` answers differently from one Python release to the next.
_SPECIAL_IPV4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",
            "100.64.0.0/10",  # carrier-grade NAT
            "127.0.0.0/8",
            "169.254.0.0/16",  # link-local, cloud metadata
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",
        ),
    )
)
_GLOBAL_IPV6 = IPv6Network("2000::/3")
# Inside 2000::/3 yet not plain public addresses: some of them carry an IPv4 address, which could be private.
_SPECIAL_IPV6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))

_reading = threading.Lock()  # the trusted certificates


class OutgoingRefused(PostroomError):
    """The host leads to an address that the operator has not opened to companies. Nothing was dialled."""

    def __init__(self, host: str, address: str) -> None:
        super().__init__(f"{host} leads to {address}, which is not a public address.")
        self.host = host
        self.address = address


def open_socket(host: str, port: int, *, timeout_s: float) -> socket.socket:
    """A TCP connection to `host`, made only to an address that may be dialled.

    Addresses are tried in turn and share `timeout_s`; the socket keeps `timeout_s` as its time limit.
    Raises OutgoingRefused when no address may be dialled, else OSError as the system reports it
    (`socket.gaierror`, `ConnectionRefusedError`, `TimeoutError` ...).
    """
    addresses = list(_resolve(host, port))
    allowed = [item for item in addresses if may_dial(item[1][0])]
    if not allowed:
        raise OutgoingRefused(host, addresses[0][1][0])
    connection = _first_that_answers(allowed, time.monotonic() + timeout_s)
    connection.settimeout(timeout_s)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def may_dial(address: str) -> bool:
    """Whether the address is a public one or inside `settings.OUTGOING_ALLOWED_NETWORKS` (CIDR strings)."""
    dialled = ip_address(address)
    forms: list[Address] = [dialled]
    if isinstance(dialled, IPv6Address) and dialled.ipv4_mapped:
        forms.append(dialled.ipv4_mapped)
    networks = _networks(tuple(getattr(settings, "OUTGOING_ALLOWED_NETWORKS", ())))
    return _is_public(dialled) or any(_is_in(form, networks) for form in forms)


def ascii_host(host: str) -> str:
    """The host name as it goes over the wire: international names in IDNA form (RFC 5891).

    Raises socket.gaierror for what cannot be a host name, as resolving it would.
    """
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise socket.gaierror(socket.EAI_NONAME, "This is not a host name") from None


def tls_context(ca_bundle: Path | None = None) -> ssl.SSLContext:
    """A verifying client context, TLS 1.2 or newer; trusts `ca_bundle` alone, or else the system's store
    and the authorities the operator adds with `settings.EXTRA_CA_FILE`. It is shared: do not change it.
    """
    extra = getattr(settings, "EXTRA_CA_FILE", "") if ca_bundle is None else ""
    return _context("mail", _trusted(ca_bundle), extra)


def _context(purpose: str, *trusted: str) -> ssl.SSLContext:
    """Kept as long as the files do not change: reading the system's authorities takes 20 ms.

    One for each purpose, as urllib3 writes the protocol it wants (ALPN) into its own. Threads that need one at the
    same moment wait for the first: each would read all of them, and be in the others' way.
    """
    files = tuple((place, os.stat(place).st_mtime_ns) for place in trusted if place)
    with _reading:
        return _read_context(purpose, files)


@lru_cache(maxsize=16)
def _read_context(_purpose: str, trusted: tuple[tuple[str, int], ...]) -> ssl.SSLContext:
    (first, _changed), *more = trusted
    kind = "capath" if os.path.isdir(first) else "cafile"
    context = ssl.create_default_context(**{kind: first})
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    for place, _changed in more:
        context.load_verify_locations(cafile=place)
    return context


def http_session(
    ca_bundle: Path | None = None, *, connections: int = 10, extra_ca: str = ""
) -> requests.Session:
    """A session for back-end calls: verified TLS, time limits, no retry, nothing taken from the environment.

    `connections` to one host are kept for the next call; `extra_ca` is a file of further authorities.

    Every call must pass `allow_redirects=False`: requests would carry a body to wherever it is sent.
    REQUESTS_CA_BUNDLE and the proxy variables are not read, since they would override `ca_bundle`.
    """
    session = requests.Session()
    session.trust_env = False
    session.verify = _trusted(ca_bundle)
    for scheme in ("https://", "http://"):
        adapter = _LimitedAdapter(pool_maxsize=connections, max_retries=0)
        adapter.extra_ca = extra_ca
        session.mount(scheme, adapter)
    return session


class _LimitedAdapter(HTTPAdapter):
    """Gives every call a time limit; without one, requests waits for ever. Shares a TLS context."""

    extra_ca = ""

    def build_connection_pool_key_attributes(self, request, verify, cert=None):
        host, tls = super().build_connection_pool_key_attributes(request, verify, cert)
        place = tls.pop("ca_certs", None) or tls.pop("ca_cert_dir", None)
        return host, tls | {"ssl_context": _context("https", place, self.extra_ca)} if place else tls

    def cert_verify(self, conn, url, verify, cert):
        """The context has it all: with its files named here, each new connection would read them again."""

    def send(self, request, stream=False, timeout=None, **options):
        limits = timeout or (CONNECT_TIMEOUT_S, READ_TIMEOUT_S)
        return super().send(request, stream=stream, timeout=limits, **options)

    def close(self):
        """Ends kept connections now; urllib3 alone leaves that to the garbage collector."""
        pools = self.poolmanager.pools
        for key in pools.keys():  # noqa: SIM118 - this mapping cannot be iterated
            pools[key].close()
        super().close()


def _trusted(ca_bundle: Path | None) -> str:
    """The file or folder of trusted certificates; certifi's where the system has none (slim containers)."""
    if ca_bundle is not None:
        return str(ca_bundle)
    system = ssl.get_default_verify_paths()
    if system.cafile:
        return system.cafile
    if system.capath and any(Path(system.capath).iterdir()):
        return system.capath
    return certifi.where()


def _resolve(host: str, port: int) -> Iterator[tuple[int, tuple]]:
    try:
        found = socket.getaddrinfo(ascii_host(host), port, type=socket.SOCK_STREAM)
    except (UnicodeError, ValueError):
        raise socket.gaierror(socket.EAI_NONAME, "This is not a host name") from None
    for family, _kind, _protocol, _name, address in found:
        yield family, address


def _first_that_answers(addresses: list[tuple[int, tuple]], deadline: float) -> socket.socket:
    """Each address gets a share of the time left, so that a dead IPv6 route leaves some for IPv4."""
    last_error: OSError | None = None
    for tried, (family, address) in enumerate(addresses):
        share_s = (deadline - time.monotonic()) / (len(addresses) - tried)
        if share_s <= 0:
            break
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(share_s)
            connection.connect(address)
        except OSError as error:
            connection.close()
            last_error = error
        else:
            return connection
    raise last_error or TimeoutError("timed out")


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not _is_in(address, _SPECIAL_IPV4)
    return address in _GLOBAL_IPV6 and not _is_in(address, _SPECIAL_IPV6)


def _is_in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)


@lru_cache(maxsize=8)
def _networks(cidrs: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(cidr) for cidr in cidrs)
