"""PowerShell lines of an explanation with what is known filled in."""

from dataclasses import replace

from diagnosis.explain import Explanation

_UNKNOWN = {
    "mailbox": "<mailbox>",
    "from_address": "<From address>",
    "client_id": "<client id>",
    "enterprise_object_id": "<object id of the enterprise application>",
}


def filled_in(found: Explanation, **names: object) -> Explanation:
    """`found` with its commands complete; a name that is empty or not given stays as <words> for the reader."""
    words = _UNKNOWN | {name: str(value) for name, value in names.items() if value}
    commands = tuple(_replaced(command, words) for command in found.commands)
    return replace(found, commands=commands)


def _replaced(command: str, words: dict[str, str]) -> str:
    for name, word in words.items():
        command = command.replace("{" + name + "}", word)
    return command
