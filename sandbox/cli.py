"""`python -m sandbox` and `manage.py sandbox`: the same options, the same work."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from sandbox.context import Ports
from sandbox.prepare import prepare
from sandbox.server import CannotStart, Sandbox

DESCRIPTION = (
    "A small Microsoft (sign-in, Graph), a small Google (sign-in, Gmail) and mail servers on this machine, "
    "for the demo and the tests."
)
_MEANINGS = {
    "https": "the sign-in, Graph and the sandbox's own pages",
    "starttls": "SMTP with STARTTLS",
    "tls": "SMTP with TLS from the start",
    "relay": "SMTP without TLS and sign-in",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    defaults = Ports()._asdict()
    parser.add_argument(
        "--dir", default="var/sandbox", help="where keys, mail and clouds.toml are kept (%(default)s)"
    )
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address (%(default)s)")
    for name, meaning in _MEANINGS.items():
        parser.add_argument(
            f"--{name}-port",
            type=int,
            default=defaults[name],
            help=f"{meaning} (%(default)s; 0 is any free one)",
        )
    parser.add_argument("--json", action="store_true", help="tell the addresses as one line of JSON")
    parser.add_argument(
        "--prepare", action="store_true", help="only write the files the portal reads, then end"
    )


def run(options: Mapping[str, object]) -> int:
    """Serve until SIGINT or SIGTERM. Returns the exit code: 0, or 2 when it cannot start."""
    directory = Path(str(options["dir"]))
    ports = {f"{name}_port": options[f"{name}_port"] for name in _MEANINGS}
    if options["prepare"]:
        prepare(directory, list(ports.values()))
        return 0
    try:
        announced = _AnnouncedAsJson if options["json"] else _Announced
        sandbox = announced(directory, host=options["host"], **ports)
        sandbox.run_forever()
    except CannotStart as reason:
        print(reason, file=sys.stderr)
        return 2
    return 0


class _Announced(Sandbox):
    def start(self) -> None:
        super().start()
        print(f"Sandbox: {self.authority_url}/  clouds file: {self.clouds_file}", flush=True)
        print(
            f"SMTP: STARTTLS {self.starttls_port}, TLS {self.tls_port}, relay {self.relay_port}", flush=True
        )


class _AnnouncedAsJson(Sandbox):
    def start(self) -> None:
        super().start()
        facts = {"url": self.authority_url, "graph": self.graph_url, "clouds_file": str(self.clouds_file)}
        facts |= {"ca_file": str(self.ca_file), "ports": self.ports._asdict()}
        print(json.dumps(facts), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=DESCRIPTION)
    add_arguments(parser)
    return run(vars(parser.parse_args()))
