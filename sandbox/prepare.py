"""Writes what the portal needs to know of the sandbox: its CA certificate and its entry in the table of clouds."""

from collections.abc import Sequence
from pathlib import Path

from sandbox.certificates import CA_FILE, certificate_authority
from sandbox.context import Ports
from sandbox.state import State
from sandbox.tokens import TokenMint

CLOUDS_FILE = "clouds.toml"
STATE_FILE = "state.sqlite3"


def prepare(directory: Path, ports: Sequence[int] = ()) -> None:
    """Make the directory with keys, `ca.pem`, `clouds.toml` and the state file; what is there already stays.
    `ports` in the order of Ports: https, STARTTLS, TLS, relay."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    certificate_authority(directory)
    TokenMint(directory)
    State(directory / STATE_FILE).close()
    (directory / CLOUDS_FILE).write_text(_clouds(directory, Ports(*ports)), "utf-8")


def _clouds(directory: Path, ports: Ports) -> str:
    authority = f"https://localhost:{ports.https}"
    values = {
        "name": "sandbox",
        "label": "Sandbox (this machine)",
        "authority": authority,
        "graph": f"{authority}/graph",
        "smtp_host": "localhost",
        "smtp_port": ports.starttls,
        "imap_host": "",
        "pop_host": "",
        "mail_scope_prefix": f"{authority}/outlook/",
        "outlook_resource": f"{authority}/outlook",
        "ca_bundle": str((directory / CA_FILE).resolve()),
    }
    return "[[cloud]]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in values.items())


def _toml(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
