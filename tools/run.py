"""`make run`: everything one machine needs, in one terminal: portal, worker, SMTP gateway, and the demo's sandbox.

Each is a process of its own, started again when it dies; Ctrl-C ends all of them.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import environ  # noqa: E402

from tools import certificate, env_file  # noqa: E402

READY_WITHIN_S = 60
ENDS_WITHIN_S = 20
# Granian's worker ignores SIGTERM while it loads the portal, and its parent would wait for it without end.
WORKER_ENDS_WITHIN_S = 10
RESTARTS_A_MINUTE = 5


def fail(sentence: str) -> None:
    sys.exit(f"postroom: {sentence}")


def read_environment() -> dict[str, str]:
    """The process environment with `.env` below it, and the addresses that follow from PORT."""
    if env_file.write_if_missing(ROOT):
        print("Made .env with new keys.")
    elif added := env_file.complete(ROOT):
        print(f"Added to .env what was not there yet: {', '.join(added)}.")
    environ.Env.read_env(str(ROOT / ".env"))
    port = os.environ.get("PORT", "8000")
    if not port.isdigit() or not 1 <= int(port) <= 65535:
        fail(f"PORT={port} is not a port number.")
    if "PORT" in os.environ and os.environ.get("PUBLIC_URL", "").startswith("http://localhost"):
        os.environ["PUBLIC_URL"] = f"http://localhost:{port}"
    os.environ["PORT"] = port
    return dict(os.environ)


def sandbox_ports() -> list[int]:
    return [int(port) for port in os.environ.get("SANDBOX_PORTS", "").split(",") if port]


def gateway_ports() -> dict[str, int]:
    """By the name of the variable; none where the gateway is not to run."""
    if not os.environ.get("GATEWAY_CERTIFICATE"):
        return {}
    names = ("GATEWAY_STARTTLS_PORT", "GATEWAY_TLS_PORT")
    return {name: int(os.environ[name]) for name in names if os.environ.get(name, "").isdecimal()}


def check_ports() -> None:
    port = int(os.environ["PORT"])
    if not env_file.is_free(port):
        fail(f"Port {port} is taken. Choose another: make run PORT={port + 1}")
    for taken in (p for p in sandbox_ports() if not env_file.is_free(p)):
        fail(f"Port {taken}, which the sandbox wants, is taken. Change SANDBOX_PORTS in .env.")
    for name, taken in gateway_ports().items():
        if not env_file.is_free(taken):
            fail(f"Port {taken}, which the SMTP gateway wants, is taken. Change {name} in .env.")


def manage(*arguments: str) -> None:
    """A step of the set-up; its output is shown only when it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(done.stdout + done.stderr, file=sys.stderr)
        fail(f"manage.py {arguments[0]} failed; what it printed stands above.")


class Process:
    """One program that should be running; ready when its address answers, which may be just ":" and a port."""

    def __init__(self, name: str, command: list[str], address: str = "") -> None:
        self.name, self.command, self.address = name, command, address
        self.starts: list[float] = []
        self.start()

    def start(self) -> None:
        self.starts.append(time.monotonic())
        # A process group of its own, so that Ctrl-C reaches this program only and the order of ending is ours.
        self.child = subprocess.Popen(self.command, cwd=ROOT, start_new_session=True)

    def is_ready(self) -> bool:
        if not self.address:
            return True
        try:
            if self.address.startswith(":"):
                host = os.environ.get("GATEWAY_HOST", "localhost")
                socket.create_connection((host, int(self.address[1:])), 2).close()
                return True
            with urllib.request.urlopen(self.address, timeout=2) as answer:  # noqa: S310
                return answer.status == 200
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def restart_if_dead(self) -> None:
        code = self.child.poll()
        if code is None:
            return
        recent = [at for at in self.starts if time.monotonic() - at < 60]
        if len(recent) >= RESTARTS_A_MINUTE:
            raise SystemExit(f"postroom: the {self.name} does not stay up; ending the others.")
        print(f"The {self.name} ended ({code}); starting it again.", flush=True)
        self.kill_group()
        self.start()

    def end(self) -> None:
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(ENDS_WITHIN_S)
            except subprocess.TimeoutExpired:
                print(f"The {self.name} did not end in time.", flush=True)
        self.kill_group()
        self.child.wait()

    def kill_group(self) -> None:
        """What a killed program left behind: the portal's own worker processes hold its port."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child.pid, signal.SIGKILL)


def commands() -> list[tuple[str, list[str], str]]:
    port, python = os.environ["PORT"], sys.executable
    found = []
    if ports := sandbox_ports():
        options = ("--https-port", "--starttls-port", "--tls-port", "--relay-port")
        arguments = [text for pair in zip(options, map(str, ports), strict=True) for text in pair]
        found.append(("sandbox", [python, "-m", "sandbox", "--dir", "var/sandbox", *arguments], ""))
    found.append(("worker", [python, "manage.py", "worker"], ""))
    if ports := gateway_ports():
        port_of_gateway = next(iter(ports.values()))
        found.append(("gateway", [python, "manage.py", "smtpgateway"], f":{port_of_gateway}"))
    portal = [python, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", port]
    portal += [
        "--workers",
        "1",
        "--blocking-threads",
        "8",
        "--workers-kill-timeout",
        str(WORKER_ENDS_WITHIN_S),
        "--log-level",
        "warning",
        "portal.wsgi:application",
    ]
    found.append(("portal", portal, f"http://127.0.0.1:{port}/healthz"))
    return found


def prepare() -> None:
    if ports := sandbox_ports():
        from sandbox.server import prepare as prepare_sandbox

        prepare_sandbox(ROOT / "var" / "sandbox", ports)
        certificate.issue(ROOT)
    manage("migrate", "--no-input", "--verbosity", "0")
    manage("collectstatic", "--no-input", "--verbosity", "0")
    if sandbox_ports():
        manage("demo")


def welcome() -> str:
    lines = ["", f"Postroom is at   {os.environ['PUBLIC_URL']}/"]
    if ports := sandbox_ports():
        from portal.demo import sign_ins

        lines += [f"The sandbox is at https://localhost:{ports[0]}/ (accept its certificate once)", ""]
        lines += [f"Sign in with the password {os.environ['DEMO_PASSWORD']} as", *sign_ins()]
    if ports := gateway_ports():
        where = " or ".join(f"{port} ({name.split('_')[1]})" for name, port in ports.items())
        lines += ["", f"The SMTP gateway is at localhost, port {where}; the password is an API key"]
    return "\n".join([*lines, "", "Ctrl-C ends everything.", ""])


def supervise(processes: list[Process]) -> None:
    give_up = time.monotonic() + READY_WITHIN_S
    while late := [process.name for process in processes if not process.is_ready()]:
        if time.monotonic() > give_up:
            fail(f"The {late[0]} did not come up within a minute.")
        for process in processes:
            process.restart_if_dead()
        time.sleep(0.2)
    print(welcome(), flush=True)
    while True:
        time.sleep(0.5)
        for process in processes:
            process.restart_if_dead()


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    read_environment()
    check_ports()
    prepare()
    processes: list[Process] = []
    try:
        processes += [Process(*command) for command in commands()]
        supervise(processes)
    except KeyboardInterrupt:
        print("\nEnding …", flush=True)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for process in reversed(processes):
            process.end()


if __name__ == "__main__":
    main()
