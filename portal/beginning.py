"""A company's first day: what to do next, in place of tables full of nothing."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Invitation, Membership
from mailsettings.models import GoogleApp, MicrosoftApp, SmtpServer
from portal.crowd import Crowd

WAYS = (MicrosoftApp, GoogleApp, SmtpServer)


@dataclass(frozen=True, slots=True)
class Step:
    """`url` is empty where the viewer's role cannot do it."""

    title: str
    text: str
    is_done: bool
    action: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Steps:
    all: list[Step]

    @property
    def next(self) -> Step:
        """The first that is not done."""
        return next(step for step in self.all if not step.is_done)


def steps(viewer: Membership, crowd: Crowd) -> Steps:
    """Choose a way, bring the people, let them connect, send a test."""
    company = viewer.company
    has_way = any(model.objects.filter(company=company).exists() for model in WAYS)
    invited = crowd.total > 1 or Invitation.objects.filter(company=company, accepted_at=None).exists()
    return Steps(
        [
            Step(
                _("Choose how mail leaves"),
                _("Office 365, Google or a mail server. The steps stand beside the fields."),
                has_way,
                _("Set up sending"),
                _page(viewer, "settings") if viewer.is_admin else "",
            ),
            Step(
                _("Invite your people"),
                _("One by one, or all at once from a list."),
                invited,
                _("Invite people"),
                _page(viewer, "invite") if viewer.is_admin else "",
            ),
            Step(
                _("Connect yourself"),
                _("On your profile; it takes two clicks. The others do the same on theirs."),
                False,
                _("Open my profile"),
                _page(viewer, "profile"),
            ),
            Step(
                _("Send a test"),
                _("Only a message that really left shows that everything works."),
                False,
                _("Send a test"),
                _page(viewer, "test-send"),
            ),
        ]
    )


def _page(viewer: Membership, name: str) -> str:
    return reverse(name, args=[viewer.company.code])
