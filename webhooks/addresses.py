"""Which addresses may be posted to: https, and http on the portal's own machine where the operator opened it."""

from urllib.parse import urlsplit

from core.net import may_dial

_LOOPBACK = {"localhost": "127.0.0.1", "127.0.0.1": "127.0.0.1", "::1": "::1"}


def is_fit(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_own_machine(host))


def is_own_machine(host: str) -> bool:
    """Whether it is this machine, by name or number, and may be dialled (OUTGOING_ALLOWED_NETWORKS)."""
    return host in _LOOPBACK and may_dial(_LOOPBACK[host])
