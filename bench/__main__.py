"""`python -m bench [ROW …]`: measure and print; whole rows are written to bench/RESULTS.md."""

import argparse
import importlib
import signal
import sys
import tempfile
from pathlib import Path

from bench import databases, machine, processes, results
from bench.lab import Lab
from bench.table import HEAD, ROWS, as_markdown

# Their rows register themselves, in this order.
for _module in (
    "smtp_rows",
    "graph_rows",
    "accept_rows",
    "door_rows",
    "size_rows",
    "page_rows",
    "diagnosis_rows",
    "kill_rows",
):
    importlib.import_module(f"bench.{_module}")


def main() -> None:
    options = _options()
    for number in (signal.SIGINT, signal.SIGTERM):  # so that the database and the sinks end, too
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as somebody else when this is root
        processes.make_certificates(folder)
        kinds = (options.database,) if options.database else databases.KINDS
        lab = Lab(folder, kinds, options.runs, options.quick, options.profile)
        described = machine.described(folder)
        print(f"{described}\n\n{HEAD}", flush=True)
        for row in options.rows or ROWS:
            how = f"{options.runs} run{'s' * (options.runs > 1)}. {described} {machine.load()}"
            lines = []
            for line in _measured(row, lab):
                lines.append(line)
                print(line, flush=True)
            if not (options.quick or options.database or options.profile):
                results.keep(row, ROWS[row].__doc__, how, [HEAD, *lines], list(ROWS))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="some of the rows that --list names")
    parser.add_argument("--quick", action="store_true", help="one run with a tenth of the messages")
    parser.add_argument("--runs", type=int, default=3, help="of which the middle one counts (default 3)")
    parser.add_argument("--database", choices=databases.KINDS, help="only this one")
    parser.add_argument("--profile", metavar="FILE", help="write cProfile's figures of the worker")
    parser.add_argument("--list", action="store_true", help="say which rows there are, and end")
    options = parser.parse_args()
    if options.list:
        parser.exit(message="".join(f"{name}: {measure.__doc__}\n" for name, measure in ROWS.items()))
    if unknown := set(options.rows) - set(ROWS):
        parser.error(f"There is no row {', '.join(sorted(unknown))}.")
    return options


def _measured(row: str, lab: Lab):
    try:
        for line in ROWS[row](lab):
            yield as_markdown(line)
    except processes.Failed as error:
        print(error, file=sys.stderr)
        yield f"| {row} | could not be measured: {type(error).__name__} | | | **not met** |"


if __name__ == "__main__":
    main()
