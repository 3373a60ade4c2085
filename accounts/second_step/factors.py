"""What becomes of a person's app, passkeys and codes: a row of the audit log and a letter to him, each time."""

from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import languages, letters
from accounts.audit import Actor, record
from accounts.letters import Text
from accounts.models import User
from core.errors import InputError

APP, PASSKEY, CODES = (
    Authenticator.Type.TOTP,
    Authenticator.Type.WEBAUTHN,
    Authenticator.Type.RECOVERY_CODES,
)

# Recovery codes come and go with the first and the last of the others; that is not told by itself.
_ADDED = {APP: "user.app_set_up", PASSKEY: "user.passkey_added"}
_REMOVED = {APP: "user.app_removed", PASSKEY: "user.passkey_removed"}
_MADE_ANEW = {CODES: "user.recovery_codes_made"}
_USED = {CODES: "user.recovery_code_used"}

_LETTERS: dict[str, Promise] = {
    "user.app_set_up": gettext_lazy("From now on, signing in asks for a code of your authenticator app."),
    "user.app_removed": gettext_lazy(
        "Your authenticator app was removed; signing in does not ask for it any more."
    ),
    "user.passkey_added": gettext_lazy("A passkey was added, with which you can sign in."),
    "user.passkey_removed": gettext_lazy("A passkey was removed; it does not sign you in any more."),
    "user.recovery_codes_made": gettext_lazy("New recovery codes were made. The old ones do not work any more."),
    "user.recovery_code_used": gettext_lazy("One of your recovery codes was used."),
    "user.second_step_removed": gettext_lazy(
        "Whoever runs this portal removed your authenticator app, passkeys and recovery codes. Your password "
        "alone opens your account now, until you set them up again."
    ),
}  # fmt: skip


def watch() -> None:
    """Listen to allauth; the signals come from the pages, by the person himself."""
    for signal, actions in (
        (signals.authenticator_added, _ADDED),
        (signals.authenticator_removed, _REMOVED),
        (signals.authenticator_reset, _MADE_ANEW),
        (signals.authenticator_used, _USED),
    ):
        signal.connect(_teller(actions), weak=False, dispatch_uid=f"accounts.second_step.{id(signal)}")


def _teller(actions: dict[str, str]):
    def by_himself(
        sender: object, request: HttpRequest, user: User, authenticator: Authenticator, **_more: object
    ) -> None:
        if action := actions.get(authenticator.type):
            _tell(action, user, Actor(user, user.email, request.META.get("REMOTE_ADDR") or None))

    return by_himself


def is_on(user: User) -> bool:
    """Whether signing in with the password asks for more."""
    return people_with_one().filter(user=user).exists()


def people_with_one() -> QuerySet:
    """Ids of all accounts whose sign-in asks for more than the password."""
    return Authenticator.objects.filter(type__in=(APP, PASSKEY)).values("user")


@transaction.atomic
def remove_all(user: User, actor: Actor) -> None:
    """For somebody who has lost them: the password alone is enough again. Raises InputError where nothing is set up."""
    found = Authenticator.objects.filter(user=user)
    if not found.exists():
        raise InputError(_("This person has no second step at sign-in."))
    found.delete()
    _tell("user.second_step_removed", user, actor)


def _tell(action: str, user: User, actor: Actor) -> None:
    record(actor, action, label=user.email)
    transaction.on_commit(lambda: letters.by_operator(_letter(action, user, actor)))


def _letter(action: str, user: User, actor: Actor) -> Text:
    with translation.override(languages.of_person(user)):
        context = {"what": _LETTERS[action], "by": actor}
        body = render_to_string("accounts/email/second_step.txt", context)
        return Text(user.email, _("Your sign-in at Postroom was changed"), body)
