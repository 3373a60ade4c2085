"""`make run` as a newcomer meets it: in a copy of the tree, with real processes that get killed."""

import os
import re
import shutil
import signal
import smtplib
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from sandbox.client import SandboxClient
from tools.env_file import is_free

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.processes
# Of the test run itself, not of a newcomer's shell.
OWN_VARIABLES = re.compile("TEST_|DJANGO_|DATABASE_URL|SECRET_KEY|ENCRYPTION_KEYS|PUBLIC_URL|ALLOWED_HOSTS|ENV_FILE|"
                           "OUTGOING_|GATEWAY_|LOG_FORMAT|EMAIL_URL|MICROSOFT_|EXTRA_CA|GMAIL_|PORT|DEMO_")  # fmt: skip


def shell(**extra: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not OWN_VARIABLES.match(name)}
    return {**kept, **extra}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    """What a clone holds."""
    target = tmp_path_factory.mktemp("clone") / "postroom"
    ignored = shutil.ignore_patterns(".venv", ".git", ".env", "var", "__pycache__", ".pytest_cache", "tests")
    shutil.copytree(ROOT, target, ignore=ignored)
    return target


def sandbox_ports(tree: Path) -> str:
    """Those of the tree's `.env`, or free ones for its first run: other runs on this machine have their own."""
    if (tree / ".env").exists():
        return ",".join(map(str, ports_of(tree)))
    return ",".join(str(free_port()) for _ in range(4))


def children_of(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:  # it has ended
        return []


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " ")
    except FileNotFoundError:
        return ""


class Run:
    """`tools/run.py`, which `make run` calls once the packages are there."""

    def __init__(self, tree: Path, port: int) -> None:
        self.tree, self.port = tree, port
        self.gateway = {
            f"GATEWAY_{name}_PORT": str(free_port()) for name in ("STARTTLS", "TLS")
        }  # other runs' are taken
        self.process = subprocess.Popen(
            [sys.executable, "tools/run.py"],
            cwd=tree,
            env=shell(PORT=str(port), SANDBOX_PORTS=sandbox_ports(tree), **self.gateway),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""

    def until(self, words: str) -> str:
        for line in self.process.stdout:
            self.said += line
            if words in line:
                return self.said
        raise AssertionError(f"ended without saying {words!r}:\n{self.said}")

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        self.said += self.process.communicate(timeout=40)[0]
        return self.process.returncode

    def kill_child(self, part: str) -> None:
        """kill -9 on the child whose command line has this part; it may just be starting again."""
        for _ in range(100):
            for child in children_of(self.process.pid):
                if part in command_of(child):
                    os.kill(child, signal.SIGKILL)
                    return
            time.sleep(0.1)
        raise AssertionError(f"no child runs {part}")

    def until_a_worker_of_the_portal_loads(self) -> None:
        """Granian has begun its worker, which cannot answer yet."""
        for _ in range(18_000):
            for child in children_of(self.process.pid):
                if "granian" in command_of(child) and children_of(child):
                    return
            assert self.process.poll() is None
            time.sleep(0.01)
        raise AssertionError("the portal has no worker")

    def answers(self) -> bool:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
            return answer.status == 200


@pytest.fixture
def run(tree):
    runs = []

    def start() -> Run:
        runs.append(Run(tree, free_port()))
        runs[-1].until("Ctrl-C ends everything.")
        return runs[-1]

    yield start
    for one in runs:
        if one.process.poll() is None:
            one.end()


def ports_of(tree: Path) -> list[int]:
    return [int(p) for p in re.search("SANDBOX_PORTS=(.*)", (tree / ".env").read_text())[1].split(",")]


def test_the_first_run_makes_everything_and_ends_cleanly(tree, run):
    running = run()
    assert "anna.admin@nordicfreight.example" in running.said
    assert f"http://localhost:{running.port}/" in running.said
    assert (tree / ".env").stat().st_mode & 0o077 == 0
    assert running.answers()
    assert running.end() == 0
    assert all(is_free(port) for port in (running.port, *ports_of(tree)))


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to see the portal's worker")
def test_ctrl_c_ends_everything_while_the_portal_still_loads(tree):
    running = Run(tree, free_port())
    try:
        running.until_a_worker_of_the_portal_loads()
        assert running.end() == 0
        assert "did not end in time" not in running.said
        assert is_free(running.port)
    finally:
        running.process.kill()
        running.process.wait()


def test_the_gateway_of_the_demo_speaks_tls_that_the_sandbox_vouches_for(tree, run):
    running = run()
    assert f"port {running.gateway['GATEWAY_STARTTLS_PORT']} (STARTTLS)" in running.said
    trusted = ssl.create_default_context(cafile=tree / "var/sandbox/ca.pem")
    with smtplib.SMTP("localhost", int(running.gateway["GATEWAY_STARTTLS_PORT"]), timeout=30) as client:
        client.starttls(context=trusted)
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("ulla.user@nordicfreight.example", "pmk_0_wrong")


def test_a_second_run_keeps_keys_and_data_and_adds_what_is_missing(tree, run):
    keys = (tree / ".env").read_text()
    *before, last = keys.splitlines()
    (tree / ".env").write_text("\n".join(before) + "\n")
    with sqlite3.connect(tree / "var/postroom.sqlite3") as database:
        database.execute("UPDATE accounts_company SET name = 'Renamed' WHERE code = 'NordicFreight'")
    assert "Added to .env what was not there yet: DEMO_PASSWORD." in run().said
    assert (tree / ".env").read_text().splitlines() == [*before, "", "# Added by `make run`.", last]
    with sqlite3.connect(tree / "var/postroom.sqlite3") as database:
        assert database.execute(
            "SELECT name FROM accounts_company WHERE code = 'NordicFreight'"
        ).fetchone() == ("Renamed",)


def test_a_taken_port_is_one_sentence(tree):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "tools/run.py"],
            cwd=tree, env=shell(PORT=str(port)), capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode != 0
    assert done.stderr == f"postroom: Port {port} is taken. Choose another: make run PORT={port + 1}\n"


@pytest.mark.parametrize("port", ["http", "0", "70000"])
def test_a_port_that_is_none_is_one_sentence(tree, port):
    done = subprocess.run(
        [sys.executable, "tools/run.py"],
        cwd=tree, env=shell(PORT=port), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == f"postroom: PORT={port} is not a port number.\n"


def test_an_old_python_is_one_sentence(tree):
    code = "import sys, runpy; sys.version_info = (3, 9, 2); runpy.run_path('tools/install.py', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code], cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("postroom: Postroom needs Python 3.11 or newer; this is 3.9.")


def test_a_failed_install_is_one_sentence_and_leaves_a_log(tree):
    nowhere = shell(
        PIP_INDEX_URL=f"http://127.0.0.1:{free_port()}/", PIP_RETRIES="0", PIP_CONFIG_FILE=os.devnull
    )
    nowhere |= {"PIP_FIND_LINKS": "", "PIP_NO_CACHE_DIR": "1"}
    done = subprocess.run(
        [sys.executable, "tools/install.py", "base"], cwd=tree, env=nowhere, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == (
        "postroom: The packages could not be installed. Is the package index reachable from here? "
        "What was printed is in var/install.log.\n"
    )
    assert (tree / "var/install.log").read_text()


APPLY = """
[[company]]
code = "BalticShip"
[company.smtp]
host = "localhost"
port = {port}
security = "none"
authentication = "none"
"""


class Books:
    """The outbox of a running demo beside what the sandbox got."""

    def __init__(self, running: Run) -> None:
        self.tree = running.tree
        ports = ports_of(running.tree)
        (self.tree / "relay.toml").write_text(APPLY.format(port=ports[3]))
        self.manage("apply", "relay.toml")
        self.sandbox = SandboxClient(f"https://localhost:{ports[0]}", self.tree / "var/sandbox/ca.pem")

    def manage(self, *arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.tree, env=shell(PUBLIC_URL="http://localhost:8000"), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    def hand_over(self, subject: str) -> None:
        self.manage(
            "send", "--company", "BalticShip", "--as", "una.user@balticship.example",
            "--to", "rita@recipient.example", "--subject", subject,
        )  # fmt: skip

    def states(self) -> dict[str, str]:
        with sqlite3.connect(self.tree / "var/postroom.sqlite3", timeout=20) as database:
            return dict(database.execute("SELECT subject, state FROM sender_outboxmessage"))

    def let_time_pass(self) -> None:
        """Leases of the dead run out, the next tries are due."""
        with sqlite3.connect(self.tree / "var/postroom.sqlite3", timeout=20) as database:
            database.execute(
                "UPDATE sender_sendingmailbox SET paused_until = NULL, next_due_at = '2020-01-01'"
            )
            database.execute("UPDATE sender_outboxmessage SET due_at = submitted_at WHERE state = 'waiting'")
            database.execute("UPDATE sender_mailboxslot SET until = '2020-01-01' WHERE owner != ''")

    def settle(self) -> dict[str, str]:
        for _ in range(60):
            if not {"waiting", "sending"} & set(self.states().values()):
                return self.states()
            time.sleep(0.5)
        raise AssertionError(f"not settled: {self.states()}")

    def arrived(self, subject: str) -> int:
        return len(
            [mail for mail in self.sandbox.mail(to="rita@recipient.example") if mail.subject == subject]
        )


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to find the processes to kill")
def test_killing_any_process_at_any_moment_loses_and_doubles_nothing(run):
    running = run()
    books = Books(running)
    for number, part in enumerate(["worker", "sandbox", "granian", "worker", "sandbox"]):
        books.hand_over(f"Order {number} a")
        books.hand_over(f"Order {number} b")
        running.kill_child(part)
    running.until("starting it again")
    time.sleep(3)  # every part is up again
    books.let_time_pass()
    states = books.settle()
    assert len(states) == 10
    for subject, state in states.items():
        assert state in ("sent", "unknown")
        assert books.arrived(subject) in ((1,) if state == "sent" else (0, 1)), subject
    assert running.answers()
