"""The programs of docs/python.md run as they stand there."""

import os
import re
from pathlib import Path

from django.core.mail import get_connection

from sender.models import OutboxMessage

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "python.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
SETTINGS = [block for block in BLOCKS if block.startswith("EMAIL_BACKEND")]
PROGRAMS = [block for block in BLOCKS if block not in SETTINGS]


def test_each_program_hands_over_its_order_once(world, inside, capsys):
    for program in PROGRAMS * 2:
        exec(compile(program, "docs/python.md", "exec"), {})
    orders = OutboxMessage.objects.order_by("id")
    assert [order.subject for order in orders] == ["Order 1", "Order 2"]
    printed = capsys.readouterr().out
    assert [printed.count(str(order.pk)) for order in orders] == [2, 2]


def test_two_lines_of_settings_and_no_more_make_each_backend(monkeypatch, settings):
    monkeypatch.setenv("POSTROOM_KEY", "pmk_of_the_test")
    for block in SETTINGS:
        assert len(block.splitlines()) == 2
        given = {"os": os}
        exec(compile(block, "docs/python.md", "exec"), given)
        settings.EMAIL_BACKEND, settings.POSTROOM = given["EMAIL_BACKEND"], given["POSTROOM"]
        backend = get_connection()
        assert f"{type(backend).__module__}.{type(backend).__name__}" == given["EMAIL_BACKEND"]
