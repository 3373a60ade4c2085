"""The page where the cause of a message's trouble is mended, for who looks at it and may mend it."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Membership
from diagnosis import vocabulary
from diagnosis.causes.shape import Retry
from mailsettings import catalog
from mailsettings.cards import PAGES
from sender.models import OutboxMessage


@dataclass(frozen=True, slots=True)
class Mending:
    label: str
    url: str


def mending_of(message: OutboxMessage, slug: str, viewer: Membership) -> Mending | None:
    """None where no page of the portal mends it: a recipient’s address, a passing fault, a setting elsewhere."""
    cause, method = vocabulary.cause(slug), catalog.METHODS[message.mailbox.method]
    if cause.retry != Retry.PAUSE_MAILBOX:
        return None
    who = cause.tell or cause.who_for(method.provider, method.flow)
    if who == "user":
        return _of_the_person(message, viewer)
    page = PAGES.get(method.slug)
    if who in ("company_admin", "tenant_admin") and viewer.is_admin and page:
        label = _("Open the settings of %(way)s") % {"way": method.label}
        return Mending(label, reverse(page, args=[viewer.company.code]))
    return None


def _of_the_person(message: OutboxMessage, viewer: Membership) -> Mending | None:
    if message.membership_id == viewer.pk:
        return Mending(_("Mend it on my profile"), reverse("profile", args=[viewer.company.code]))
    if viewer.is_staff_of_company and message.membership is not None:
        label = _("Open the page of %(person)s") % {"person": message.membership.user}
        return Mending(label, reverse("person", args=[viewer.company.code, message.membership_id]))
    return None
