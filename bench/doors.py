"""What the doors need, one command a process: `prepare` makes a person with a key and a session, `accept` hands
messages over by `submit`, from as many threads as there are clients.
"""

import argparse
import json
import os
import threading
import time

import django

from bench.raw import SENDER, cpu_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["prepare", "accept"])
    parser.add_argument("--messages", type=int, default=1)
    parser.add_argument("--size", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=1)
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.page_settings"
    django.setup()
    print(json.dumps(prepare() if options.command == "prepare" else accept(options)))


def prepare() -> dict:
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    from accounts.audit import COMMAND_LINE
    from accounts.models import Membership
    from api import keys
    from api.scopes import Scope
    from bench.backlog import make_mailboxes

    call_command("migrate", verbosity=0)
    make_mailboxes(1, port=1, at_once=1)
    person = Membership.objects.select_related("company", "user").get()
    person.user.email = SENDER
    person.user.save()
    _key, secret = keys.make(person.company, "Bench", [Scope.SEND], people=[person], actor=COMMAND_LINE)
    browser = Client()
    browser.force_login(person.user)
    return {"key": secret, "cookie": f"{settings.SESSION_COOKIE_NAME}={browser.session.session_key}"}


def accept(options: argparse.Namespace) -> dict:
    """All threads begin together, each with its connection to the database."""
    from accounts.models import Membership
    from bench.backlog import draft
    from sender.services import submit

    everybody = threading.Barrier(options.clients + 1)

    def client() -> None:
        person = Membership.objects.select_related("company", "user").get()
        letters = [draft(options.size) for _ in range(options.messages // options.clients)]
        submit(person, draft(options.size), submitted_by="bench")
        everybody.wait()
        for letter in letters:
            submit(person, letter, submitted_by="bench")
        everybody.wait()

    threads = [threading.Thread(target=client) for _ in range(options.clients)]
    for thread in threads:
        thread.start()
    everybody.wait()
    began, cpu_before = time.monotonic(), cpu_s()
    everybody.wait()
    return {"seconds": time.monotonic() - began, "cpu_s": cpu_s() - cpu_before}


if __name__ == "__main__":
    main()
