"""What the tests of `manage.py apply` have in common."""

from io import StringIO

import pytest
from django.core.management import call_command


@pytest.fixture
def apply(tmp_path):
    """Runs the command over the text; returns (exit code, lines of output)."""

    def run(text: str, *options: str) -> tuple[int, list[str]]:
        path, out = tmp_path / "company.toml", StringIO()
        path.write_text(text)
        try:
            call_command("apply", str(path), *options, stdout=out)
        except SystemExit as ended:
            return ended.code, out.getvalue().splitlines()
        return 0, out.getvalue().splitlines()

    return run
