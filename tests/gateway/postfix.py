"""A Postfix of its own folder that relays everything through the gateway, as a firm's print server does."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = shutil.which("postfix", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
IS_HERE = PROGRAM is not None and os.geteuid() == 0  # it starts as root only
MANY = (
    "trivial-rewrite rewrite",
    "bounce",
    "bounce defer",
    "bounce trace",
    "proxymap",
    "smtp",
    "error retry",
)
ONE = ("tlsmgr", "scache", "anvil")


@contextmanager
def smart_host_client(gateway_port: int, ca_file: Path, user: str, secret: str) -> Iterator[int]:
    """The port of a running Postfix that takes mail from this machine and hands it to the gateway."""
    with tempfile.TemporaryDirectory(prefix="postfix-") as name:
        folder, port = Path(name), _free_port()
        folder.chmod(0o755)  # Postfix's own user has to get there
        shutil.copy(ca_file, folder / "ca.pem")
        config = _configured(folder, port, f"[localhost]:{gateway_port}", f"{user}:{secret}")
        _postfix(config, "start")
        try:
            yield port
        finally:
            _postfix(config, "stop")


def _configured(folder: Path, port: int, relay: str, sign_in: str) -> Path:
    """The folder of its settings. https://www.postfix.org/SOHO_README.html#client_sasl_enable"""
    config, queue, data = folder / "etc", folder / "queue", folder / "data"
    for each in (config, queue, data):
        each.mkdir()
    shutil.chown(data, "postfix")
    settings = {
        "compatibility_level": "3.6",
        "queue_directory": queue,
        "data_directory": data,
        "maillog_file": queue / "log",
        "maillog_file_prefixes": folder,
        "myhostname": "printer.alpha.example",
        "mydestination": "",
        "inet_interfaces": "127.0.0.1",
        "mynetworks": "127.0.0.0/8",
        "smtp_host_lookup": "native",
        "relayhost": relay,
        "smtp_tls_security_level": "secure",
        "smtp_tls_CAfile": folder / "ca.pem",
        "smtp_sasl_auth_enable": "yes",
        "smtp_sasl_password_maps": f"inline:{{{{{relay} = {sign_in}}}}}",
        "smtp_sasl_tls_security_options": "noanonymous",
    }
    (config / "main.cf").write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
    (config / "master.cf").write_text(_services(port))
    return config


def _services(port: int) -> str:
    lines = [f"127.0.0.1:{port} inet n - n - - smtpd", "postlog unix-dgram n - n - 1 postlogd"]
    lines += ["cleanup unix n - n - 0 cleanup", "qmgr unix n - n 300 1 qmgr"]
    for name in MANY:  # a program, and the name it serves by where that differs
        program, _space, service = name.partition(" ")
        lines.append(f"{service or program} unix - - n - - {program}")
    lines += [f"{name} unix - - n - 1 {name}" for name in ONE]
    return "\n".join(lines) + "\n"


def _postfix(config: Path, command: str) -> None:
    log = config.parent / "queue" / "log"
    words = [PROGRAM, "-c", config, command]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    said = done.stdout + done.stderr + (log.read_text() if log.exists() else "")
    assert done.returncode == 0, said


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]
