"""The first `.env`: keys made here, and everything set for the demo with the sandbox on this machine."""

import base64
import os
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
OUTGOING_ALLOWED_NETWORKS=127.0.0.0/8,::1/128
EMAIL_URL=smtp://localhost:{relay}
SYSTEM_FROM_ADDRESS=portal@postroom.example
DEMO_PASSWORD=bright-morning-mail
"""
WANTED_PORTS = (8443, 8587, 8465, 8025)


def write_if_missing(root: Path) -> bool:
    """Write `.env` for the demo, readable by its owner only. True when there was none."""
    path = root / ".env"
    if path.exists():
        return False
    ports = _free_ports()
    text = TEMPLATE.format(
        secret_key=secrets.token_urlsafe(48),
        encryption_key=base64.b64encode(os.urandom(32)).decode(),
        ports=",".join(map(str, ports)),
        tls=ports[2],
        relay=ports[3],
        root=root,
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)
    return True


def is_free(port: int) -> bool:
    """Whether nothing listens on this port of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_ports() -> list[int]:
    """SANDBOX_PORTS if it is set; else the usual ports, or ones a thousand higher where those are taken."""
    if named := os.environ.get("SANDBOX_PORTS"):
        return [int(port) for port in named.split(",")]
    shift = next((s for s in range(0, 20_000, 1000) if all(is_free(p + s) for p in WANTED_PORTS)), 0)
    return [port + shift for port in WANTED_PORTS]
