"""The portal and the gateway as they are run in production, for as long as a block lasts."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.processes import ROOT, Failed

START_S, STOP_S = 60, 10


@dataclass(frozen=True)
class Server:
    port: int
    process: subprocess.Popen

    @property
    def cpu_s(self) -> float:
        """What it and its children used so far; 0 where the system does not tell."""
        return _cpu_s(self.process.pid)


@contextmanager
def portal(
    environment: dict[str, str], folder: Path, *, processes: int, settings: str = "bench.page_settings"
) -> Iterator[Server]:
    """Granian, as docs/configuration.md says; the settings get its address as BENCH_PUBLIC_URL."""
    port = _free_port()
    command = ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", str(processes), "--blocking-threads", "8", "--log-level", "warning"]
    command += ["--workers-kill-timeout", "5"]
    own = {"API_REQUESTS_A_MINUTE": "10000000", "DJANGO_SETTINGS_MODULE": settings}
    own |= {"BENCH_PUBLIC_URL": f"http://localhost:{port}"}
    with _running([*command, "portal.wsgi:application"], environment | own, folder / "portal.log") as process:
        _wait(process, lambda: _listening(port) == processes)  # else all connections go to those that do
        _wait(process, lambda: _answers(f"http://localhost:{port}/healthz"))
        yield Server(port, process)


@contextmanager
def gateway(environment: dict[str, str], folder: Path) -> Iterator[Server]:
    """`manage.py smtpgateway` with as many processes as it has by itself."""
    port, pem = _free_port(), str(folder / "server.pem")
    own = {"GATEWAY_HOST": "127.0.0.1", "GATEWAY_TLS_PORT": str(port), "GATEWAY_STARTTLS_PORT": "off"}
    own |= {"GATEWAY_CERTIFICATE": pem, "GATEWAY_PRIVATE_KEY": pem}
    own |= {"DJANGO_SETTINGS_MODULE": "bench.page_settings"}
    log = folder / "gateway.log"
    with _running(["django", "smtpgateway"], environment | own, log) as process:
        _wait(process, lambda: "gateway started" in log.read_text())
        yield Server(port, process)


@contextmanager
def _running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen]:
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_S)
            with suppress(ProcessLookupError):  # what outlived it
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(process: subprocess.Popen, is_ready: Callable[[], bool]) -> None:
    """Raises Failed."""
    until = time.monotonic() + START_S
    while not is_ready():
        if process.poll() is not None or time.monotonic() > until:
            raise Failed("A server did not start.")
        time.sleep(0.05)


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=5).close()
    except OSError:
        return False
    return True


def _listening(port: int) -> int:
    """How many sockets listen there: each of Granian's processes has its own.

    https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
    """
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    return sum(row[1].endswith(f":{port:04X}") and row[3] == "0A" for row in rows)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def _cpu_s(pid: int) -> float:
    """https://www.kernel.org/doc/html/latest/filesystems/proc.html, `stat` and `children`."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0.0
    own = (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(_cpu_s(int(child)) for child in children)
