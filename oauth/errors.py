"""What can go wrong between the portal and Microsoft's sign-in. No text here holds a token, a code or a state."""

from collections.abc import Mapping, Sequence

from core.errors import PostroomError
from diagnosis.explain import explain


class ProviderError(PostroomError):
    """The provider did not give what was asked. `raw`: its own words, redacted."""

    def __init__(self, raw: str, *, http_status: int | None = None) -> None:
        super().__init__(f"{type(self).__name__} (HTTP {http_status})")
        self.raw = raw
        self.http_status = http_status


class RequestRefused(ProviderError):
    """An OAuth error (RFC 6749 section 5.2). `error` is what to branch on; providers may change the text."""

    def __init__(self, error: str, raw: str, *, http_status: int | None = None) -> None:
        super().__init__(raw, http_status=http_status)
        self.error = error


class ProviderUnavailable(ProviderError):
    """No answer, or one that says nothing about the request: the same request may work later."""

    def __init__(self, raw: str, *, http_status: int | None = None, retry_after_s: int | None = None) -> None:
        super().__init__(raw, http_status=http_status)
        self.retry_after_s = retry_after_s


class MicrosoftError(ProviderError):
    """From Microsoft."""


class MicrosoftRefused(RequestRefused, MicrosoftError):
    """From Microsoft."""


class MicrosoftUnavailable(ProviderUnavailable, MicrosoftError):
    """From Microsoft."""


class TokenError(PostroomError):
    """No access token. `cause` is a slug of diagnosis, `raw` Microsoft's own words, redacted."""

    def __init__(self, cause: str, raw: str = "") -> None:
        super().__init__(f"No access token: {cause}")
        self.cause = cause
        self.raw = raw


class NeedsReconnecting(TokenError):
    """The grant is gone, or was never there; the person has to connect again."""


class PermissionMissing(TokenError):
    """The grant stands, and lacks the permission this token needs; the person has to connect once more."""


class SettingsRefused(TokenError):
    """The company's app registration, its secret or our copy of them is wrong. The grant itself is kept."""


class PasswordRefused(TokenError):
    """The person's user name and password do not sign in, or may not by this flow."""


class TokenUnavailable(TokenError):
    """A passing fault; nothing stored was changed."""

    def __init__(self, cause: str, raw: str = "", retry_after_s: int | None = None) -> None:
        super().__init__(cause, raw)
        self.retry_after_s = retry_after_s


class ConnectRefused(PostroomError):
    """A Connect that ended without a connection; nothing was stored. Each subclass has its page.

    `cause` is a slug of diagnosis. `facts` are plain values from which the same refusal can be made again, for
    the page after the redirect.
    """

    cause = "unrecognised"
    told: Mapping[str, str] = {}  # fact in the audit log -> attribute
    for_company = False  # it was the company's mailbox that an admin wanted to connect

    def __init__(self, **facts: object) -> None:
        super().__init__(f"Not connected: {self.cause}")
        self.facts = facts

    @property
    def audited(self) -> dict[str, object]:
        return {"cause": self.cause} | {fact: getattr(self, name) for fact, name in self.told.items()}


class NotPossible(ConnectRefused):
    """The person cannot connect at all now. `reasons` are whole sentences."""

    cause = "settings_incomplete"

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(reasons=list(reasons))
        self.reasons = reasons


class LinkExpired(ConnectRefused):
    """The flow is not known: older than ten minutes, or its state was changed; or nothing came back with it."""

    cause = "connect_link_expired"


class SettingsChanged(ConnectRefused):
    """The flow was started for another app than the company has now."""

    cause = "connect_settings_changed"


class Replayed(ConnectRefused):
    """The flow was taken out before: the page was reloaded, or somebody else was faster."""

    cause = "callback_replayed"


class OtherBrowser(ConnectRefused):
    """The flow belongs to another browser session, person or company. It was left alone, nothing was redeemed."""

    cause = "oauth_state_mismatch"


class Declined(ConnectRefused):
    """The person pressed Cancel at Microsoft."""

    cause = "user_declined_consent"


class ApprovalNeeded(ConnectRefused):
    """The company's Microsoft administrator has to allow the app first."""

    cause = "admin_consent_required"


class SendingNotAllowed(ConnectRefused):
    """The person came back without the permission to send, or without a lasting grant."""

    cause = "sending_not_allowed"


class WrongAccount(ConnectRefused):
    """Somebody else signed in. `came` and `expected` are e-mail addresses."""

    cause = "wrong_account_signed_in"
    told = {"came": "came"}

    def __init__(self, came: str, expected: Sequence[str]) -> None:
        super().__init__(came=came, expected=list(expected))
        self.came = came
        self.expected = expected


class NoMailboxThere(ConnectRefused):
    """The expected account signed in, but its mail is not at this provider."""

    cause = "mailbox_missing_or_unlicensed"


class AnswerRejected(ConnectRefused):
    """The answer does not fit what was asked (`check`: aud, iss, tid, exp, nonce, oid, id_token, signature)."""

    cause = "oauth_state_mismatch"
    told = {"why": "check"}

    def __init__(self, check: str) -> None:
        super().__init__(check=check)
        self.check = check


class ProviderRefused(ConnectRefused):
    """The provider refused or did not answer; `explanation` says why. `raw` is redacted."""

    def __init__(
        self, raw: str, stage: str, http_status: int | None = None, *, provider: str = "microsoft"
    ) -> None:
        self.explanation = explain(
            raw, stage=stage, provider=provider, flow="delegated", http_status=http_status
        )
        self.cause = self.explanation.cause
        super().__init__(raw=raw, stage=stage, http_status=http_status, provider=provider)
