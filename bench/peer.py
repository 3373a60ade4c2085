"""django-post-office beside us: `prepare` makes the tables, `fill` the backlog, `drain` sends it, `accept` takes mail.

https://github.com/ui/django-post_office
"""

import argparse
import json
import os
import time

import django

from bench.letters import text
from bench.raw import cpu_s

SENDER, RECIPIENTS = "peer@sender.example", ["rita@recipient.example"]


def main() -> None:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    for name, run in (("prepare", prepare), ("fill", fill), ("drain", drain), ("accept", accept)):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        command.add_argument("--messages", type=int, default=1)
        command.add_argument("--size", type=int, default=10_000)
        command.add_argument("--bulk", action="store_true")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.peer_settings"
    django.setup()
    print(json.dumps(options.run(options)))


def prepare(_options: argparse.Namespace) -> dict:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return {}


def fill(options: argparse.Namespace) -> dict:
    from post_office import mail

    mail.send_many([_letter(options.size) for _ in range(options.messages)])
    return {}


def accept(options: argparse.Namespace) -> dict:
    from post_office import mail

    letters = [_letter(options.size) for _ in range(options.messages)]
    mail.send(**_letter(options.size))
    began, cpu_before = time.monotonic(), cpu_s()
    if options.bulk:
        mail.send_many(letters)
    else:
        for letter in letters:
            mail.send(**letter)
    return {"seconds": time.monotonic() - began, "cpu_s": cpu_s() - cpu_before}


def drain(_options: argparse.Namespace) -> dict:
    from post_office import mail

    cpu_before = cpu_s()
    sent, failed, put_off = mail.send_queued()
    return {"cpu_s": cpu_s() - cpu_before, "sent": sent, "failed": failed, "put_off": put_off}


def _letter(size: int) -> dict[str, object]:
    return {"recipients": RECIPIENTS, "sender": SENDER, "subject": "Order", "message": text(size)}


if __name__ == "__main__":
    main()
