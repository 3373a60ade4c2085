"""The sink as a Microsoft cloud of its own: where it is, and whose tokens are whose."""

import base64
import json
from pathlib import Path

NAME = "bench"
TENANT, CLIENT = "8f1d6c52-0b1c-4f6e-9a3e-5b7d2c9e1a40", "3b2f9d10-77aa-4c1e-8d55-0e9f61b7c223"


def write_clouds_file(path: Path, port: int, ca_file: Path) -> None:
    address = f"https://localhost:{port}"
    facts = {
        "name": NAME,
        "label": "Bench",
        "authority": address,
        "graph": f"{address}/graph",
        "smtp_host": "localhost",
        "smtp_port": 587,
        "imap_host": "localhost",
        "pop_host": "localhost",
        "mail_scope_prefix": f"{address}/outlook/",
        "outlook_resource": f"{address}/outlook",
        "ca_bundle": str(ca_file),
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in facts.items()]
    path.write_text("\n".join(["[[cloud]]", *lines, ""]), encoding="utf-8")


def client_info(number: str) -> str:
    facts = json.dumps({"uid": f"object-{number}", "utid": TENANT})
    return base64.urlsafe_b64encode(facts.encode()).decode().rstrip("=")
