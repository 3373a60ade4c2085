"""What is measured of the outbox, one command a process; the database is the one of BENCH_DATABASE_URL.

`prepare` makes the tables and the mailboxes, `fill` the backlog, `drain` sends it, `count` reads the books,
`accept` hands messages over.
"""

import argparse
import json
import os
import resource
import sys
import time

import django

from bench.raw import cpu_s


def main() -> None:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    for name, run in (
        ("prepare", prepare),
        ("fill", fill),
        ("drain", drain),
        ("count", count),
        ("accept", accept),
        ("history", history),
    ):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        command.add_argument("--port", type=int, default=0)
        command.add_argument("--mailboxes", type=int, default=1)
        command.add_argument("--at-once", type=int, default=10)
        command.add_argument("--messages", type=int, default=1)
        command.add_argument("--size", type=int, default=10_000)
        command.add_argument("--threads", type=int, default=32)
        command.add_argument("--bulk", action="store_true")
        command.add_argument(
            "--graph", action="store_true", help="everybody is connected to the sink's Graph"
        )
        command.add_argument("--ended", action="store_true", help="and all access tokens have run out")
        command.add_argument(
            "--together", action="store_true", help="say `ready`, and begin when a line comes"
        )
        command.add_argument("--profile", help="write cProfile's figures to this file")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    django.setup()
    print(json.dumps(options.run(options)))


def prepare(options: argparse.Namespace) -> dict:
    from django.core.management import call_command

    from bench.backlog import make_mailboxes

    call_command("migrate", verbosity=0)
    make_mailboxes(options.mailboxes, options.port, options.at_once)
    if options.graph:
        from bench.microsoft import connect_everybody

        connect_everybody(options.port, has_ended=options.ended)
    return {}


def fill(options: argparse.Namespace) -> dict:
    from bench.backlog import fill_up

    fill_up(options.messages, options.size)
    return {}


def drain(options: argparse.Namespace) -> dict:
    """As `manage.py worker --until-empty` does; the start of Python and Django is not counted."""
    from core.lean import be_lean
    from core.net import tls_context
    from sender.worker import Worker

    tls_context()
    be_lean()
    worker = Worker(threads=options.threads, until_empty=True)
    if options.together:
        print("ready", flush=True)
        sys.stdin.readline()
    began, cpu_before = time.monotonic(), cpu_s()
    if options.profile:
        from bench.profiling import profiled

        with profiled(options.profile):
            worker.run()
    else:
        worker.run()
    return {
        "seconds": time.monotonic() - began,
        "cpu_s": cpu_s() - cpu_before,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024,
        "outcomes": dict(worker.outcomes),
    }


def accept(options: argparse.Namespace) -> dict:
    """`submit`, one call after another, or `submit_many`."""
    from accounts.models import Membership
    from bench.backlog import draft
    from sender import services

    person = Membership.objects.select_related("company", "user").first()
    letters = [draft(options.size) for _ in range(options.messages)]
    services.submit(person, draft(options.size), submitted_by="bench")
    began, cpu_before = time.monotonic(), cpu_s()
    if options.bulk:
        services.submit_many(person, [services.Submission(each) for each in letters], submitted_by="bench")
    else:
        for letter in letters:
            services.submit(person, letter, submitted_by="bench")
    return {"seconds": time.monotonic() - began, "cpu_s": cpu_s() - cpu_before}


def history(options: argparse.Namespace) -> dict:
    from bench.history import add_history

    add_history(options.messages)
    return {}


def count(_options: argparse.Namespace) -> dict:
    from django.db.models import Count

    from sender.models import OutboxMessage

    rows = OutboxMessage.objects.values_list("state").annotate(Count("id")).order_by()
    return dict(rows)


if __name__ == "__main__":
    main()
