"""`manage.py explain`: what an error text means, for people and for scripts."""

import json
import sys
from collections.abc import Iterator
from typing import TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from diagnosis.explain import Explanation, explain
from diagnosis.vocabulary import FLOWS, PROVIDERS, STAGES

_CONTEXT = ("stage", "provider", "flow", "http_status", "smtp_code")


class Command(BaseCommand):
    help = "Explain an error text, read from standard input: what happened, who mends it, and how."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--stage", choices=STAGES, help="where it happened")
        parser.add_argument("--provider", choices=PROVIDERS)
        parser.add_argument("--flow", choices=FLOWS, help="how the sign-in is done")
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--json", action="store_true", help="answer with one JSON object")
        form.add_argument(
            "--jsonl",
            action="store_true",
            help="read one JSON object a line (raw, and if known id, stage, provider, flow, http_status, "
            "smtp_code) and answer with one line each",
        )

    def handle(self, **options: object) -> None:
        defaults = {name: options[name] for name in ("stage", "provider", "flow")}
        source = sys.stdin
        source.reconfigure(encoding="utf-8", errors="replace")
        if options["jsonl"]:
            for answer in _answers(source, defaults):
                self.stdout.write(json.dumps(answer))
            return
        explanation = explain(source.read(), **defaults)
        if options["json"]:
            self.stdout.write(json.dumps(_everything(explanation), indent=2))
        else:
            self.stdout.write(_plain(explanation))


def _answers(lines: TextIO, defaults: dict[str, object]) -> Iterator[dict[str, object]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        case = _case(line, number)
        known = {name: case[name] for name in _CONTEXT if isinstance(case.get(name), str | int)}
        explanation = explain(str(case.get("raw") or ""), **{**defaults, **known})
        yield {"id": case.get("id"), **_short(explanation)}


def _case(line: str, number: int) -> dict[str, object]:
    try:
        case = json.loads(line)
    except ValueError as error:
        raise CommandError(f"Line {number} is not JSON: {error}") from error
    if not isinstance(case, dict):
        raise CommandError(f"Line {number} is not a JSON object.")
    return case


def _short(explanation: Explanation) -> dict[str, object]:
    return {
        "cause": explanation.cause,
        "who": explanation.who,
        "alternatives": list(explanation.alternatives),
        "retry": explanation.retry.value,
    }


def _everything(explanation: Explanation) -> dict[str, object]:
    return {
        **_short(explanation),
        "tell": explanation.tell,
        "title": str(explanation.title),
        "happened": str(explanation.happened),
        "todo": str(explanation.todo),
        "commands": list(explanation.commands),
        "guide": explanation.guide,
        "provider_ids": explanation.provider_ids,
        "raw": explanation.raw,
    }


def _plain(explanation: Explanation) -> str:
    lines = [
        str(explanation.title),
        "",
        str(explanation.happened),
        str(explanation.todo),
        *(f"    {command}" for command in explanation.commands),
        "",
        f"cause: {explanation.cause}   who mends it: {explanation.who}   retry: {explanation.retry.value}",
    ]
    if explanation.alternatives:
        lines.append(f"may also be: {', '.join(explanation.alternatives)}")
    lines += [f"{name}: {value}" for name, value in explanation.provider_ids.items()]
    return "\n".join(lines)
