"""Starting sinks and measured processes; each measured process prints one line of JSON at its end."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import trustme

ROOT = Path(__file__).resolve().parent.parent
LONGEST_S = 1_200


class Failed(Exception):
    """A measured process ended with an error; the text is its last words."""


class Sink:
    """A running sink."""

    def __init__(self, process: subprocess.Popen) -> None:
        self._process = process
        self.port: int = self._line()["port"]

    def books(self) -> dict:
        self._process.stdin.write("books\n")
        self._process.stdin.flush()
        return self._line()

    def _line(self) -> dict:
        line = self._process.stdout.readline()
        if not line:
            raise Failed("The sink ended.")
        return json.loads(line)


def make_certificates(folder: Path) -> None:
    """`ca.pem` and, for localhost, `server.pem`."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    leaf = authority.issue_cert("localhost", "127.0.0.1")
    leaf.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")


@contextmanager
def sink(kind: str, folder: Path, **options: object) -> Iterator[Sink]:
    """`bench.sinks.KIND` with these options, until the end of the block."""
    command = [sys.executable, "-m", f"bench.sinks.{kind}", "--certificate", str(folder / "server.pem")]
    process = subprocess.Popen(
        [*command, *_arguments(options)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield Sink(process)
        finally:
            process.stdin.close()
            process.wait()


def start(module: str, *words: str, environment: dict[str, str] | None = None, **options: object):
    """`python -m MODULE words --option value`, to be waited for with `result`."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *words, *_arguments(options)],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def begin(waiting: list[subprocess.Popen]) -> None:
    """Let processes that say when they are ready go on, when all are."""
    for process in waiting:
        process.stdout.readline()
    for process in waiting:
        with suppress(BrokenPipeError):  # `result` tells why
            process.stdin.write("\n")
            process.stdin.flush()


def result(process: subprocess.Popen) -> dict:
    """What it printed. Raises Failed."""
    out, err = process.communicate(timeout=LONGEST_S)
    if process.returncode:
        raise Failed("\n".join(err.splitlines()[-15:]))
    return json.loads(out.splitlines()[-1])


def run(module: str, *words: str, environment: dict[str, str] | None = None, **options: object) -> dict:
    return result(start(module, *words, environment=environment, **options))


def _arguments(options: dict[str, object]) -> list[str]:
    """`round_trip_ms=20` as `--round-trip-ms 20`; True is a flag, False and None are left out."""
    words: list[str] = []
    for name, value in options.items():
        if value is False or value is None:
            continue
        words.append(f"--{name.replace('_', '-')}")
        if value is not True:
            words.append(str(value))
    return words
