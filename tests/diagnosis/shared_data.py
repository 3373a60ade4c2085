"""Where the real cases stand that only the makers of this project have."""

import json
from pathlib import Path

import pytest
from django.conf import settings


def shared_file(name: str) -> Path:
    """A file of the folder `shared` beside the project; the test is skipped where that folder is absent."""
    path = Path(settings.BASE_DIR).parent / "shared" / "data" / name
    if not path.exists():
        pytest.skip(f"the folder shared with {name} is not beside the project")
    return path


def samples() -> list[dict]:
    lines = shared_file("error-samples.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]
