"""System checks of the gateway's settings, where it is set up at all: it has a certificate.

Only warnings: the portal and the workers run without it, and it says the same itself when it does not start.
"""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

from django.conf import settings
from django.core.checks import CheckMessage, Warning

from gateway.limits import Limits
from gateway.server import CannotStart, tls_context
from gateway.settings import port_of
from sender.mime import MAX_BYTES

MB = 1024 * 1024
_HOST_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_PORTS = ("GATEWAY_STARTTLS_PORT", "GATEWAY_TLS_PORT")


def gateway(app_configs: object = None, **_options: object) -> list[CheckMessage]:
    """Everything below; registered by `gateway.apps`."""
    if not (settings.GATEWAY_CERTIFICATE or settings.GATEWAY_PRIVATE_KEY):
        return []
    return [message for check in (certificate, ports, names, largest_message) for message in check()]


def certificate() -> Iterator[CheckMessage]:
    hint = "Name two PEM files that the gateway's user may read: the certificate with its chain, and its key."
    files = settings.GATEWAY_CERTIFICATE, settings.GATEWAY_PRIVATE_KEY
    if not all(files):
        problem = "GATEWAY_CERTIFICATE and GATEWAY_PRIVATE_KEY are not both set, so that the gateway does not start."
        yield Warning(problem, hint=hint, id="postroom.W010")
        return
    try:
        tls_context(*map(Path, files))
    except CannotStart as error:
        yield Warning(str(error), hint=hint, id="postroom.W010")


def ports() -> Iterator[CheckMessage]:
    hint = "Give a number from 1 to 65535, such as 587 and 465, or off for the one that is not wanted."
    found = []
    for name in _PORTS:
        try:
            found.append(port_of(name))
        except CannotStart as error:
            yield Warning(str(error), hint=hint, id="postroom.W011")
            return
    if found == [None, None]:
        problem = "GATEWAY_STARTTLS_PORT and GATEWAY_TLS_PORT are both off, so that nobody can come in."
        yield Warning(problem, hint=hint, id="postroom.W011")
    elif found[0] and found[0] == found[1]:
        problem = (
            "GATEWAY_STARTTLS_PORT and GATEWAY_TLS_PORT are the same port, which only one of them can have."
        )
        yield Warning(problem, hint=hint, id="postroom.W011")


def names() -> Iterator[CheckMessage]:
    for name in ("GATEWAY_HOST", "GATEWAY_NAME"):
        value = getattr(settings, name)
        if not (_is_address(value) or _HOST_NAME.fullmatch(value)):
            problem = f"{name} is neither an address nor a host name."
            hint = "GATEWAY_HOST is where it listens, such as 0.0.0.0; GATEWAY_NAME what devices connect to."
            yield Warning(problem, hint=hint, id="postroom.W012")


def largest_message() -> Iterator[CheckMessage]:
    most = min(MAX_BYTES, Limits().in_hand_bytes) // MB
    if not 1 <= settings.GATEWAY_MAX_MB <= most:
        problem = f"GATEWAY_MAX_MB is {settings.GATEWAY_MAX_MB}; it must be between 1 and {most}."
        hint = "No provider takes a larger message; 40 is usual."
        yield Warning(problem, hint=hint, id="postroom.W013")


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
