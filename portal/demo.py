"""The demo's people, read from demo.toml; no Django needed."""

import tomllib
from pathlib import Path

DEMO_FILE = Path(__file__).with_name("demo.toml")


def sign_ins() -> list[str]:
    """A line for each person of the demo: address, role, company."""
    world = tomllib.loads(DEMO_FILE.read_text(encoding="utf-8"))
    lines = [f"  {operator['email']:36} operator" for operator in world["operator"]]
    for company in world["company"]:
        lines += [f"  {p['email']:36} {p['role']:8} {company['code']}" for p in company["person"]]
    return lines
