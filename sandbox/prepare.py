"""Writes what the portal needs to know of the sandbox: its CA certificate, its cloud, and its Google's addresses."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.certificates import CA_FILE, certificate_authority
from sandbox.context import Ports
from sandbox.state import State
from sandbox.tokens import TokenMint

CLOUDS_FILE = "clouds.toml"
GOOGLE_FILE = "google.toml"
STATE_FILE = "state.sqlite3"


def prepare(directory: Path, ports: Sequence[int] = ()) -> None:
    """Make the directory with keys, `ca.pem`, the files for the portal and the state file; what is there already stays.
    `ports` in the order of Ports: https, STARTTLS, TLS, relay."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    certificate_authority(directory)
    TokenMint(directory)
    State(directory / STATE_FILE).close()
    (directory / CLOUDS_FILE).write_text(_clouds(directory, Ports(*ports)), "utf-8")
    (directory / GOOGLE_FILE).write_text(_google(directory, Ports(*ports)), "utf-8")


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
    return _table("[[cloud]]", values)


def _google(directory: Path, ports: Ports) -> str:
    base = f"https://localhost:{ports.https}/google"
    values = {
        "authorize": f"{base}/o/oauth2/v2/auth",
        "token": f"{base}/token",
        "revoke": f"{base}/revoke",
        "keys": f"{base}/oauth2/v3/certs",
        "issuer": base,
        "gmail": base,
        "smtp_host": "localhost",
        "smtp_port": ports.tls,
        "personal_domains": ["gmail.example"],
        "ca_bundle": str((directory / CA_FILE).resolve()),
    }
    return _table("[google]", values)


def _table(head: str, values: Mapping[str, str | int | list[str]]) -> str:
    return f"{head}\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in values.items())


def _toml(value: str | int | list[str]) -> str:
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
