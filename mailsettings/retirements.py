"""What providers are ending, and when: one table, which every page that warns reads.

Texts go by the day: what is announced before it, what holds from it on.
"""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from core import clock
from mailsettings import catalog
from mailsettings.clouds import clouds
from mailsettings.models import Authentication, SmtpServer

_ALWAYS = date.min
_EXCHANGE_DOMAINS = (".office365.com", ".outlook.com")
# For mail within one company only, and with an end of its own in September 2028.
_OWN_PLAN = "smtp-hve.office365.com"


@dataclass(frozen=True, slots=True)
class Retirement:
    """Each milestone is a row of (first day, text); the text of the last day that has come is shown."""

    title: str | Promise
    milestones: tuple[tuple[tuple[date, str | Promise], ...], ...]
    source: str  # the provider's announcement


@dataclass(frozen=True, slots=True)
class Notice:
    """A retirement as it is told today."""

    title: str
    sentences: tuple[str, ...]
    source: str

    @property
    def text(self) -> str:
        return " ".join(self.sentences)


# Exchange Team, 27 January 2026, for all Microsoft clouds; the dates of March and April 2026 are void.
SMTP_PASSWORDS = Retirement(
    title=_("Sending with a password through Microsoft 365 is ending."),
    milestones=(
        (
            (_ALWAYS, _("At the end of December 2026 Microsoft switches it off; your Microsoft 365 "
                        "administrator may turn it on again.")),
            (date(2027, 1, 1), _("Since the end of December 2026 Microsoft has it switched off, unless your "
                                 "Microsoft 365 administrator turned it on again.")),
        ),
        (
            (_ALWAYS, _("In the second half of 2027 Microsoft will name the day it ends for good.")),
            (date(2027, 7, 1), _("Microsoft names the day it ends for good before the end of 2027.")),
            (date(2028, 1, 1), _("Microsoft meant to name the day it ends for good by the end of 2027: "
                                 "look at the announcement.")),
        ),
    ),
    source="https://techcommunity.microsoft.com/blog/exchange/"
    "updated-exchange-online-smtp-auth-basic-authentication-deprecation-timeline/4489835",
)  # fmt: skip

# Microsoft 365 message centre, MC1227454, February 2026: first a tenant's switch, then the end for all.
EWS = Retirement(
    title=_("Exchange Web Services (EWS) are ending."),
    milestones=(
        (
            (_ALWAYS, _("From 1 October 2026 Microsoft blocks EWS, unless your Microsoft 365 administrator has "
                        "listed the apps that may go on using it.")),
            (date(2026, 10, 1), _("Since 1 October 2026 Microsoft blocks EWS, unless your Microsoft 365 "
                                  "administrator listed the apps that may go on using it.")),
        ),
        (
            (_ALWAYS, _("On 1 April 2027 it ends for good, without exceptions.")),
            (date(2027, 4, 1), _("It ended for good on 1 April 2027.")),
        ),
    ),
    source="https://mc.merill.net/message/MC1227454",
)  # fmt: skip
READING_PASSWORDS = Retirement(
    title=_("Reading mail at Microsoft 365 with a password is over."),
    milestones=(
        ((_ALWAYS, _("IMAP, POP and EWS have taken no passwords since January 2023, with no way back.")),),
    ),
    source="https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/"
    "deprecation-of-basic-authentication-exchange-online",
)
GOOGLE_PASSWORDS = Retirement(
    title=_("Ordinary passwords at Google are over."),
    milestones=(
        (
            (
                _ALWAYS,
                _(
                    "Since 2025 mail programs need Connect to Google, or an app password with 2-Step Verification."
                ),
            ),
        ),
    ),
    source="https://support.google.com/accounts/answer/6010255",
)
ALL = (SMTP_PASSWORDS, EWS, READING_PASSWORDS, GOOGLE_PASSWORDS)


def told(retirement: Retirement, today: date | None = None) -> Notice:
    """The retirement in the words that hold today, in the page's time zone."""
    today = today or timezone.localdate(clock.now())
    sentences = (
        [text for first_day, text in texts if first_day <= today][-1] for texts in retirement.milestones
    )
    return Notice(str(retirement.title), tuple(map(str, sentences)), retirement.source)


def is_exchange_online(host: str) -> bool:
    """Whether it is a sign-in server of Exchange Online, in whichever of Microsoft's clouds."""
    host = host.lower().removesuffix(".")
    servers = {cloud.smtp_host for cloud in clouds().values()}
    return host != _OWN_PLAN and (host in servers or host.endswith(_EXCHANGE_DOMAINS))


def of_way(method: str, server: SmtpServer | None) -> Notice | None:
    """What is ending for people who send by this method, where the company has this mail server."""
    if server is None or not is_exchange_online(server.host):
        return None
    by_company = method == catalog.COMPANY_SMTP and server.authentication == Authentication.PASSWORD
    return told(SMTP_PASSWORDS) if by_company or method == catalog.SMTP_PASSWORD else None


def of_server(company: Company, server: SmtpServer | None) -> Notice | None:
    """What is ending for anybody who may send through the company's mail server."""
    allowed = filter(company.allows, (catalog.SMTP_PASSWORD, catalog.COMPANY_SMTP))
    return next((notice for method in allowed if (notice := of_way(method, server))), None)
