"""A person's grant at a provider, its token cache, and sign-ins under way."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership
from core.addresses import AddressField
from core.sealed import Row, SealedRow

# Microsoft ends a refresh token that was not used for 90 days (learn.microsoft.com, refresh-tokens).
IDLE_LIFETIME = timedelta(days=90)
FLOW_LIFETIME = timedelta(minutes=10)


class Provider(models.TextChoices):
    MICROSOFT = "microsoft", "Microsoft"
    GOOGLE = "google", "Google"


class ConnectionState(models.TextChoices):
    CONNECTED = "connected", _("connected")  # a refresh token is stored and was not refused
    NEEDS_RECONNECTING = "needs_reconnecting", _("needs reconnecting")  # refused for good; `cause` says why
    DISCONNECTED = "disconnected", _("disconnected")  # the person ended it; no tokens are kept


class Connection(Row):
    """Bound to the account by directory id and object id, not by its address, which can change owner."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="connections")
    membership = models.ForeignKey(
        Membership, models.CASCADE, null=True, related_name="connections"
    )  # empty: the company's own mailbox, connected by an admin
    provider = models.CharField(max_length=16, choices=Provider, default=Provider.MICROSOFT)
    state = models.CharField(max_length=24, choices=ConnectionState, default=ConnectionState.CONNECTED)
    cause = models.CharField(max_length=64, blank=True)  # diagnosis slug of why it needs reconnecting
    cause_raw = models.TextField(blank=True)  # the provider's own words, redacted
    client_id = models.CharField(max_length=200)  # of the app registration the grant was given to
    tenant_id = models.CharField(max_length=253)  # the directory's; of Google the Workspace domain, or ""
    object_id = models.CharField(max_length=255)  # the account's within it; of Google "sub"
    address = AddressField()
    display_name = models.CharField(max_length=254, blank=True)
    scopes = models.JSONField(default=list)
    connected_at = models.DateTimeField()
    refreshed_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)  # as the provider foretold; empty: it did not

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["membership", "provider"], name="connection_once"),
            models.UniqueConstraint(
                fields=["company", "provider"],
                condition=models.Q(membership=None),
                name="connection_once_a_company",
            ),
        ]
        indexes = [models.Index(fields=["state", "refreshed_at"], name="connection_idle")]

    def __str__(self) -> str:
        return f"{self.get_provider_display()}: {self.address}"

    @property
    def is_usable(self) -> bool:
        return self.state == ConnectionState.CONNECTED

    @property
    def dies_if_idle_at(self):
        return self.refreshed_at + IDLE_LIFETIME


class LeasedRow(SealedRow):
    """Tokens that one process at a time renews, holding the lease (oauth/leases.py)."""

    version = models.PositiveIntegerField(default=0)  # counts saves
    lease_owner = models.CharField(max_length=36, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class IssuedToken(LeasedRow):
    """An access token with no refresh token beside it. Its value means nothing until `expires_at` is set."""

    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class TokenCache(LeasedRow):
    """MSAL's serialized cache."""

    connection = models.OneToOneField(Connection, models.CASCADE, related_name="token_cache")


class Resource(models.TextChoices):
    """What an app-only token is for; a token for one is refused by the other."""

    GRAPH = "graph", "Microsoft Graph"
    OUTLOOK = "outlook", "Exchange Online (SMTP)"


class AppToken(IssuedToken):
    """The company's app signed in as itself: one access token for a resource, shared by all processes.

    It goes whenever the company's settings change.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    resource = models.CharField(max_length=16, choices=Resource)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "resource"], name="app_token_once")]


class PasswordToken(IssuedToken):
    """A person signed in by user name (`account`) and password. It goes whenever one of these changes.

    `refused` is the cause when Microsoft did not accept the password: it is not told that password again, since
    a few wrong ones lock the account. Of an account that is locked already, `expires_at` is when to try again.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="+")
    account = models.CharField(max_length=254)
    refused = models.CharField(max_length=64, blank=True)
    refused_raw = models.TextField(blank=True)  # Microsoft's own words, redacted

    class Meta:
        constraints = [models.UniqueConstraint(fields=["membership", "account"], name="password_token_once")]


class PendingFlow(SealedRow):
    """A Connect that was started and has not come back: MSAL's flow dict, kept on the server side.

    Found by a hash of its state, taken out before the code is redeemed, and so used once.
    """

    state_hash = models.CharField(max_length=64, unique=True)
    session_hash = models.CharField(max_length=64)  # the browser session that started it
    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    provider = models.CharField(max_length=16, choices=Provider, default=Provider.MICROSOFT)
    expires_at = models.DateTimeField(db_index=True)
