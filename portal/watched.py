"""What only the rules of alarms find, as a company's overview says it: found live, whether or not a worker looked."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from accounts.models import Membership
from alarms import rules, words
from alarms.models import Kind, Severity
from core import clock
from mailsettings.models import APP_KINDS
from portal.problem import Problem


def no_worker() -> Iterator[Problem]:
    """Nobody of the company can mend it, and everybody wonders."""
    for found in rules.worker_missing(clock.now()):
        text = _("The people who run this portal have to start it; your mail is kept until then.")
        yield Problem("bad", words.of(found.alarm()).title, text)


def by_rules(viewer: Membership) -> Iterator[Problem]:
    """Mail that waits too long, and secrets other than the app's."""
    now, company = clock.now(), viewer.company
    endings = [one for one in rules.secrets_ending(now, company) if one.facts["what"] not in APP_KINDS]
    for found in (*rules.queues_old(now, company), *endings):
        if found.severity == Severity.INFO:
            continue
        alarm = found.alarm()
        told, mend = words.of(alarm), words.mending(alarm, is_own=alarm.membership_id == viewer.pk)
        is_open = viewer.is_admin or found.kind == Kind.QUEUE_OLD or found.membership is not None
        yield Problem(
            found.severity.tone, told.title, told.text, str(mend.label), mend.url if is_open else ""
        )
