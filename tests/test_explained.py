"""Nobody but diagnosis says what a provider's error means: causes are its slugs, and few modules meet such errors."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from diagnosis.vocabulary import all_causes

APPS = (
    "accounts",
    "alarms",
    "core",
    "handover",
    "inbox",
    "api",
    "mailsettings",
    "oauth",
    "portal",
    "sender",
    "webhooks",
)
SLUGS = {row.slug for row in all_causes()} | {""}
_TAKE_A_CAUSE = {"explain_cause", "of_cause", "_of_cause"}
# Who catches what networks and libraries raise, and what becomes of it. A module that is new here has to hand the
# error's words to diagnosis.explain, or to raise what its callers explain.
MEETS_ERRORS = {
    "accounts/services.py": "an invitation that could not be mailed is told as a link to pass on",
    "alarms/mail.py": "the portal's own mailbox, which only its operator can mend",
    "core/net.py": "raised anew as it is",
    "handover/mailing.py": "a link that could not be mailed is told as one to pass on",
    "oauth/end_dates.py": "explained",
    "oauth/google_client.py": "ProviderError, explained by its callers",
    "oauth/identity.py": "without an answer the account is taken from the ID token",
    "oauth/msal_app.py": "ProviderError, explained by its callers",
    "sender/doctor/dns_names.py": "DnsUnavailable: the steps say that they were skipped",
    "sender/transports/graph_calls.py": "an answer without a status, explained by the verdict",
    "sender/transports/graph_upload.py": "a piece that is sent again",
    "sender/transports/smtp_connection.py": "TransportError, explained by the verdict",
    "sender/transports/smtp_message.py": "SendResult, explained by the verdict",
    "webhooks/posting.py": "the address of a company's own program, whose answer is shown as it is",
}
# What is wrong with a call of a program, in the API's words: no provider's error.
OF_CALLERS = {
    "sender/backends.py": {"idempotency_clash", "invalid", "no_way", "person_not_allowed"},
    "sender/batches.py": {"idempotency_clash", "invalid", "no_way"},
}
_OF_NETWORKS = ("requests", "smtplib", "msal", "dns", "urllib3")


def modules() -> Iterator[tuple[str, ast.Module]]:
    for app in APPS:
        for path in sorted((Path(settings.BASE_DIR) / app).rglob("*.py")):
            if "migrations" not in path.parts:
                name = path.relative_to(settings.BASE_DIR).as_posix()
                yield name, ast.parse(path.read_text("utf-8"))


def causes_in(tree: ast.Module) -> Iterator[str]:
    """Texts that stand where a cause is given: as `cause=`, as `.cause`, or to a function that takes one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in ("cause", "attempt_cause"):
            yield from _texts(node.value)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(getattr(one, "id", getattr(one, "attr", "")) == "cause" for one in targets) and node.value:
                yield from _texts(node.value)
        elif isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in _TAKE_A_CAUSE:
                yield from _texts(node.args[0])


def _texts(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from _texts(value.body)
        yield from _texts(value.orelse)


def catches_errors_of_networks(tree: ast.Module) -> bool:
    imported = {
        alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {(node.module or "").partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    caught = " ".join(
        ast.unparse(node.type) for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.type
    )
    return any(f"{name}." in caught for name in _OF_NETWORKS) or (
        "OSError" in caught and bool(imported & {*_OF_NETWORKS, "socket", "ssl"})
    )


def test_every_cause_that_is_written_down_is_of_the_vocabulary():
    found = {(name, cause) for name, tree in modules() for cause in causes_in(tree)}
    assert len(found) > 20
    assert {
        (name, cause) for name, cause in found if cause not in SLUGS | OF_CALLERS.get(name, set())
    } == set()


def test_only_known_modules_meet_the_errors_of_networks():
    found = {name for name, tree in modules() if catches_errors_of_networks(tree)}
    assert found - set(MEETS_ERRORS) == set()
    assert len(found) > 8


def test_what_meets_errors_exists():
    assert all((Path(settings.BASE_DIR) / name).is_file() for name in MEETS_ERRORS)
