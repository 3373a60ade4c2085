"""The first `.env`: keys made here, and everything set for the demo with the sandbox on this machine."""

import base64
import os
import re
import secrets
import socket
from pathlib import Path

TEMPLATE = """\
# Made by `make run` for the demo on this machine. `.env.example` explains every variable.
SECRET_KEY={secret_key}
ENCRYPTION_KEYS=first:{encryption_key}
PUBLIC_URL=http://localhost:8000
ALLOWED_HOSTS=localhost,127.0.0.1
LOG_FORMAT=plain

# The sandbox: a small Microsoft, Google and mail servers on loopback. Its ports: https, STARTTLS, TLS, relay.
SANDBOX_PORTS={ports}
MICROSOFT_CLOUDS_FILE={root}/var/sandbox/clouds.toml
EXTRA_CA_FILE={root}/var/sandbox/ca.pem
GOOGLE_FILE={root}/var/sandbox/google.toml
GMAIL_SMTP_SERVER=localhost:{tls}
DNS_RESOLVER=off

# The SMTP gateway, with a certificate of the sandbox's authority that each start makes anew.
GATEWAY_HOST=127.0.0.1
GATEWAY_NAME=localhost
GATEWAY_STARTTLS_PORT={gateway_starttls}
GATEWAY_TLS_PORT={gateway_tls}
GATEWAY_CERTIFICATE={root}/var/gateway/certificate.pem
GATEWAY_PRIVATE_KEY={root}/var/gateway/key.pem

OUTGOING_ALLOWED_NETWORKS=127.0.0.0/8,::1/128
EMAIL_URL=smtp://localhost:{relay}
SYSTEM_FROM_ADDRESS=portal@postroom.example
DEMO_PASSWORD=bright-morning-mail
"""
_NAME = re.compile(r"^(?:#[ \t]*)?([A-Z][A-Z0-9_]*)=", re.MULTILINE)
# New keys would not fit what the old ones encrypted: `manage.py check` says that they are missing.
_NEVER_ADDED = ("SECRET_KEY", "ENCRYPTION_KEYS")
WANTED_PORTS = (8443, 8587, 8465, 8025)
WANTED_GATEWAY_PORTS = (2587, 2465)  # 587 and 465 are the administrator's


def write_if_missing(root: Path) -> bool:
    """Write `.env` for the demo, readable by its owner only. True when there was none."""
    path = root / ".env"
    if path.exists():
        return False
    text = _filled(root, _free_ports("SANDBOX_PORTS", WANTED_PORTS))
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)
    return True


def complete(root: Path) -> list[str]:
    """Add what an older `make run` did not know yet; returns the names. What stands there, or stands there as a
    comment, is left as it is, and so is a file that was not made for the demo with the sandbox."""
    path = root / ".env"
    text = path.read_text("utf-8")
    ports = _sandbox_ports(text)
    if not text.startswith(TEMPLATE.partition("\n")[0]) or not ports:
        return []
    known = {*_NAME.findall(text), *_NEVER_ADDED}
    lines = [line for line in _filled(root, ports).splitlines() if _NAME.match(line)]
    added = [line for line in lines if _NAME.match(line)[1] not in known]
    if added:
        with path.open("a", encoding="utf-8") as handle:
            handle.write("\n".join(["", "# Added by `make run`.", *added, ""]))
    return [line.partition("=")[0] for line in added]


def _sandbox_ports(text: str) -> list[int]:
    """Those that the file names; none where the sandbox is switched off."""
    found = re.search(r"^SANDBOX_PORTS=([\d,]+)$", text, re.MULTILINE)
    ports = [int(port) for port in found[1].split(",") if port] if found else []
    return ports if len(ports) == len(WANTED_PORTS) else []


def _filled(root: Path, ports: list[int]) -> str:
    gateway_starttls, gateway_tls = _free_ports("GATEWAY_PORTS", WANTED_GATEWAY_PORTS)
    return TEMPLATE.format(
        secret_key=secrets.token_urlsafe(48),
        encryption_key=base64.b64encode(os.urandom(32)).decode(),
        ports=",".join(map(str, ports)),
        tls=ports[2],
        relay=ports[3],
        gateway_starttls=gateway_starttls,
        gateway_tls=gateway_tls,
        root=root,
    )


def is_free(port: int) -> bool:
    """Whether nothing listens on this port of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_ports(variable: str, wanted: tuple[int, ...]) -> list[int]:
    """Those that the variable names; else the usual ports, or ones a thousand higher where those are taken."""
    if named := os.environ.get(variable):
        return [int(port) for port in named.split(",")]
    shift = next((s for s in range(0, 20_000, 1000) if all(is_free(p + s) for p in wanted)), 0)
    return [port + shift for port in wanted]
