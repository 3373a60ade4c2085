"""Trying settings before they are stored. What can try them stands above this app, and says so here."""

from collections.abc import Callable
from dataclasses import dataclass, field

from accounts.models import Membership
from diagnosis.explain import Explanation
from mailsettings.forms.base import SettingsForm


@dataclass(frozen=True, slots=True)
class Found:
    """What a check came to: its steps (sender.doctor.steps.Step), and why the first that failed did.

    `refused` is a sentence instead, when nothing was tried.
    """

    steps: list[object] = field(default_factory=list)
    explanation: Explanation | None = None
    refused: str = ""

    @property
    def is_good(self) -> bool:
        return self.explanation is None and not self.refused


Check = Callable[[str, Membership, SettingsForm], Found]

_checks: list[Check] = []

CHECKED_AREAS = ("smtp", "office365", "google", "app-only")  # of needs.AREAS; the policy signs in nowhere


def register(check: Check) -> None:
    _checks[:] = [check]


def check(area: str, viewer: Membership, form: SettingsForm) -> Found:
    """Sign in with what the valid form holds, for this person, and store nothing."""
    return _checks[0](area, viewer, form)
