"""What the choice of a person's way of sending is made from, and what it comes to."""

from dataclasses import dataclass, field
from datetime import date

from accounts.models import Company, Membership
from core.errors import PostroomError
from mailsettings import catalog
from mailsettings.models import (
    APP_KINDS,
    AppOnlySettings,
    CompanyMailSettings,
    Credential,
    GoogleApp,
    MicrosoftApp,
    SmtpServer,
    UserMailSettings,
)
from oauth.models import Connection


@dataclass(frozen=True, slots=True)
class Refused:
    """A rung that was passed over. `cause` is a slug of diagnosis."""

    method: str
    cause: str
    reason: str

    @property
    def label(self) -> str:
        return str(catalog.METHODS[self.method].label)


@dataclass(frozen=True, slots=True)
class Route:
    method: str  # slug of mailsettings.catalog
    account: str  # what the submission signs in as; "" for a relay without authentication
    membership: Membership | None  # whose sign-in it is; None: the company's
    from_address: str
    from_name: str
    reply_to: str  # "" when replies go to From
    reason: str
    refused: list[Refused] = field(default_factory=list)
    sender_address: str = ""  # who sends on behalf of From; "" when it is From itself

    @property
    def label(self) -> str:
        return str(catalog.METHODS[self.method].label)


class NoRoute(PostroomError):
    """No rung of the ladder can carry this person's mail; `refused` says why, rung by rung."""

    def __init__(self, refused: list[Refused]) -> None:
        super().__init__()
        self.refused = refused

    def __str__(self) -> str:  # made only when it is asked for: lists look at thousands of people
        return " ".join(f"{rung.label}: {rung.reason}" for rung in self.refused)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything stored that decides the route of one person."""

    company: Company
    membership: Membership
    today: date
    policy: CompanyMailSettings
    person: UserMailSettings
    app: MicrosoftApp | None
    server: SmtpServer | None
    connection: Connection | None
    company_connection: Connection | None
    google: GoogleApp | None
    google_connection: Connection | None
    app_only: AppOnlySettings | None
    not_mailboxes: frozenset[str]  # addresses Microsoft said it has no mailbox for, when the app tried them
    company_credentials: dict[str, Credential]
    credentials: dict[str, Credential]  # the person's own

    @property
    def email(self) -> str:
        return self.membership.user.email

    @property
    def app_credential(self) -> Credential | None:
        """What the company's app registration signs in with."""
        return next((one for kind, one in self.company_credentials.items() if kind in APP_KINDS), None)

    @property
    def from_name(self) -> str:
        return self.person.from_name or self.membership.user.name
