"""The house rule of design section 2: an app imports only apps below it, one module alone a sign-in library."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOWEST_FIRST = [
    "postroom",
    "core",
    "diagnosis",
    "accounts",
    "webhooks",
    "mailsettings",
    "oauth",
    "sender",
    "handover",
    "alarms",
    "api",
    "gateway",
    "portal",
]
ALLOWED = {app: set(LOWEST_FIRST[: LOWEST_FIRST.index(app) + 1]) for app in LOWEST_FIRST} | {
    "sandbox": {"sandbox"}
}


def imports(file: Path) -> set[str]:
    """The dotted names a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found


def test_an_app_imports_only_apps_below_it():
    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for app, allowed in ALLOWED.items()
        for file in (ROOT / app).rglob("*.py")
        for name in imports(file)
        if name.split(".")[0] in ALLOWED and name.split(".")[0] not in allowed
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("package", "module"), [("msal", "oauth/msal_app.py"), ("authlib", "oauth/google_client.py")]
)
def test_only_one_module_imports_a_sign_in_library(package, module):
    files = [file for app in ALLOWED if app != "sandbox" for file in (ROOT / app).rglob("*.py")]
    importers = [
        str(f.relative_to(ROOT)) for f in files if any(n.split(".")[0] == package for n in imports(f))
    ]
    assert importers == [module]


def test_product_code_never_asks_whether_it_talks_to_the_sandbox():
    files = [f for app in LOWEST_FIRST for f in (ROOT / app).rglob("*.py")]
    # settings name the app so that its command exists; demo.py and demo.toml describe the demo's people
    mentions = [str(f.relative_to(ROOT)) for f in files if "sandbox" in f.read_text(encoding="utf-8").lower()]
    assert mentions == ["portal/settings.py"]
