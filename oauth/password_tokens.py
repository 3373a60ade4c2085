"""Access tokens of a person by user name and password, where nobody signs in in a browser (ROPC).

https://learn.microsoft.com/entra/identity-platform/v2-oauth-ropc: Microsoft advises against it; it cannot pass a
second factor. There is no refresh token: the stored password brings a new one each time.
"""

import math
from datetime import timedelta

from accounts.models import Membership
from core.clock import now
from core.crypto import DecryptionFailed
from core.errors import ConfigurationError
from diagnosis.explain import Explanation, explain
from diagnosis.retry import Retry
from diagnosis.vocabulary import PORTAL_AT_FAULT
from mailsettings import credentials
from mailsettings.models import CredentialKind, MicrosoftApp
from oauth import issued, msal_app
from oauth.errors import (
    MicrosoftError,
    MicrosoftRefused,
    MicrosoftUnavailable,
    PasswordRefused,
    SettingsRefused,
    TokenError,
    TokenUnavailable,
)
from oauth.models import PasswordToken
from oauth.registration import SEND, SettingsIncomplete, registration_of

LOCKED_WAIT_S = 15 * 60  # each try makes Microsoft's lock longer; it starts with a minute
_LOCKED = "account_locked_or_malicious_ip"
_PERSONAL = ("live.com", "outlook.com", "hotmail.com")

# A password that met one of these is not tried again: a few wrong ones lock the account.
_OF_THE_PASSWORD = ("user_password_wrong", "user_password_expired")


def password_token(membership: Membership, account: str, *, force: bool = False) -> str:
    """A token good for at least five minutes; with `force` a new one, for when the last was refused.

    Raises PasswordRefused, SettingsRefused, TokenUnavailable.
    """

    def read() -> PasswordToken:
        blank = PasswordToken(company=membership.company, membership=membership, account=account)
        row = issued.find_or_make(blank, membership=membership, account=account)
        if row.refused == _LOCKED:
            _let_lock_pass(row)
        elif row.refused:
            raise PasswordRefused(row.refused, row.refused_raw)
        return row

    return issued.token_of(read, _ask, force=force)


def scopes(token: str) -> frozenset[str]:
    """The delegated permissions a token shows; empty when it cannot be read."""
    return frozenset(str(issued.claim(token, "scp") or "").split())


def settings_changed(
    sender: object, company: object, membership: Membership | None = None, kind: str = "", **_more: object
) -> None:
    """Signal receiver: forget the tokens. A refused password stays so until it or the app changes.

    Another user name has a row of its own, so its sign-in is tried whatever was refused before.
    """
    rows = PasswordToken.objects.filter(company=company)
    if membership is not None:
        rows = rows.filter(membership=membership)
    is_other = sender is MicrosoftApp or (membership is not None and kind == CredentialKind.USER_PASSWORD)
    (rows if is_other else rows.filter(refused="")).delete()


def _ask(row: PasswordToken) -> msal_app.IssuedToken:
    credential = credentials.stored(row.company, CredentialKind.USER_PASSWORD, row.membership)
    if credential is None:
        raise SettingsRefused("settings_incomplete")
    try:
        registration = registration_of(row.company)
        scope = f"{registration.cloud.graph.rstrip('/')}/{SEND}"
        return msal_app.password_token(registration, row.account, credential.reveal(), [scope])
    except SettingsIncomplete:
        raise SettingsRefused("settings_incomplete") from None
    except (ConfigurationError, DecryptionFailed) as error:
        raise TokenUnavailable(PORTAL_AT_FAULT, str(error)) from None
    except MicrosoftUnavailable as error:
        raise TokenUnavailable(_explained(error).cause, error.raw, error.retry_after_s) from None
    except msal_app.FederatedAccount as error:
        raise PasswordRefused(_of_federated(error.raw), error.raw) from None
    except MicrosoftRefused as error:
        raise _refusal(row, error) from None


def _let_lock_pass(row: PasswordToken) -> None:
    """Raises TokenUnavailable while the lock is to be left alone, whoever asks; then the row is as new."""
    left_s = math.ceil((row.expires_at - now()).total_seconds())
    if left_s > 0:
        raise TokenUnavailable(row.refused, row.refused_raw, left_s)
    this = PasswordToken.objects.filter(pk=row.pk, refused=_LOCKED, expires_at=row.expires_at)
    this.update(refused="", refused_raw="", expires_at=None)
    row.refused, row.expires_at = "", None


def _refusal(row: PasswordToken, error: MicrosoftRefused) -> TokenError:
    found = _explained(error)
    kept = PasswordToken.objects.filter(pk=row.pk)  # gone when the password was changed meanwhile
    if found.cause == _LOCKED:
        until = now() + timedelta(seconds=LOCKED_WAIT_S)
        kept.update(refused=found.cause, refused_raw=error.raw, expires_at=until)
        return TokenUnavailable(found.cause, error.raw, LOCKED_WAIT_S)
    if found.retry is Retry.WAIT and found.is_recognised:
        return TokenUnavailable(found.cause, error.raw)
    if found.cause in _OF_THE_PASSWORD:
        kept.update(refused=found.cause, refused_raw=error.raw)
    is_persons = found.who == "user" or error.error in ("invalid_grant", "interaction_required")
    return (PasswordRefused if is_persons else SettingsRefused)(found.cause, error.raw)


def _of_federated(raw: str) -> str:
    is_personal = raw.casefold().endswith(_PERSONAL)
    return "personal_account_not_supported" if is_personal else "federated_account_needs_browser"


def _explained(error: MicrosoftError) -> Explanation:
    status = error.http_status
    return explain(error.raw, stage="token", provider="microsoft", flow="ropc", http_status=status)
