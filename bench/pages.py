"""The measured process of the pages of long lists: `prepare` fills the database, `measure` asks for the pages."""

import argparse
import json
import os

import django


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["prepare", "measure"])
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.page_settings"
    django.setup()
    from django.core.management import call_command

    from bench import long_lists

    if options.command == "prepare":
        call_command("migrate", verbosity=0)
        print(json.dumps(long_lists.prepare(options.messages, options.people)))
    else:
        print(json.dumps(long_lists.measure(options.rounds)))


if __name__ == "__main__":
    main()
