"""An alarm in plain words, and the page that mends it; the same on pages, in mail and in webhooks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alarms.models import Alarm, Kind
from core import clock
from diagnosis import vocabulary
from diagnosis.explain import explain_cause
from mailsettings import catalog
from mailsettings.cards import PAGES
from mailsettings.models import APP_KINDS, CredentialKind
from oauth.models import Provider
from webhooks.models import Condition

DAY = "SHORT_DATE_FORMAT"


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Mending:
    """The button that leads to where it is mended."""

    label: str | Promise
    url: str

    @property
    def absolute(self) -> str:
        return settings.PUBLIC_URL + self.url


def of(alarm: Alarm, *, is_own: bool = False, is_operator: bool = False) -> Words:
    """In the words for the company's staff, for the person it is about (`is_own`), or for the portal's operators."""
    if is_operator and alarm.kind == Kind.MAILBOX_PAUSED:
        return _paused(alarm, is_own=False, todo_of="operator")
    return _WORDS[Kind(alarm.kind)](alarm, is_own)


def over(title: str) -> str:
    """How the end of what `title` tells is told."""
    return _("This is over: %(what)s") % {"what": title}


def _secret(alarm: Alarm, is_own: bool) -> Words:
    ends_on = date.fromisoformat(alarm.facts["ends_on"])
    left = _days_left(alarm, ends_on)
    names = {
        "what": CredentialKind(alarm.facts["what"]).label,
        "person": _person(alarm),
        "day": date_format(ends_on, DAY),
        "days": _in_days(left),
    }
    if left < 0:
        title = _whose(is_own, alarm, _OWN_ENDED, _PERSONS_ENDED, _COMPANYS_ENDED)
        return Words(str(title) % names, _("No mail leaves with it until it is replaced."))
    title = _whose(is_own, alarm, _OWN_ENDS, _PERSONS_ENDS, _COMPANYS_ENDS)
    if alarm.facts["what"] in APP_KINDS:
        text = _("Store a new one beside it, try it, and let it take over: nothing stops meanwhile.")
    else:
        text = _("Mail that leaves with it stops then. Store a new one before that day.")
    return Words(str(title) % names, text)


def _key(alarm: Alarm, _is_own: bool) -> Words:
    ends_on = date.fromisoformat(alarm.facts["ends_on"])
    left = _days_left(alarm, ends_on)
    names = {"name": alarm.facts["name"], "day": date_format(ends_on, DAY), "days": _in_days(left)}
    if left < 0:
        text = _("The program that uses it is refused. Make a new key for it, or revoke this one.")
        return Words(_("The API key %(name)s ended on %(day)s.") % names, text)
    text = _("Make a new key, give it to the program before that day, and revoke this one then.")
    return Words(_("The API key %(name)s ends %(days)s, on %(day)s.") % names, text)


def _days_left(alarm: Alarm, ends_on: date) -> int:
    """From today; of an alarm that is over from its last day: what was replaced in time has not ended since."""
    return (ends_on - timezone.localdate(alarm.closed_at or clock.now(), _zone(alarm))).days


def _in_days(left: int) -> str:
    return ngettext("in %(n)s day", "in %(n)s days", left) % {"n": left} if left > 0 else _("today")


_OWN_ENDED = gettext_lazy("Your %(what)s ended on %(day)s.")
_PERSONS_ENDED = gettext_lazy("%(person)s’s %(what)s ended on %(day)s.")
_COMPANYS_ENDED = gettext_lazy("The %(what)s ended on %(day)s.")
_OWN_ENDS = gettext_lazy("Your %(what)s ends %(days)s, on %(day)s.")
_PERSONS_ENDS = gettext_lazy("%(person)s’s %(what)s ends %(days)s, on %(day)s.")
_COMPANYS_ENDS = gettext_lazy("The %(what)s ends %(days)s, on %(day)s.")


def _whose(is_own: bool, alarm: Alarm, own: Promise, persons: Promise, companys: Promise) -> Promise:
    if is_own:
        return own
    return persons if alarm.membership else companys


def _connection(alarm: Alarm, is_own: bool) -> Words:
    names = {"provider": Provider(alarm.facts["provider"]).label, "address": alarm.facts["address"]}
    names["person"] = _person(alarm)
    cause = f"{vocabulary.cause(alarm.facts['cause']).title}."
    if is_own:
        title = _("You must connect to %(provider)s again.") % names
        text = _("Press Reconnect to %(provider)s on your profile; it takes two clicks.") % names
    elif alarm.membership:
        title = _("%(person)s must connect to %(provider)s again.") % names
        text = _("Only they can do it: on their profile, with the button Reconnect to %(provider)s.") % names
    else:
        title = _("The company’s mailbox %(address)s must be connected to %(provider)s again.") % names
        text = _("An administrator connects it on its page.")
    return Words(title, f"{cause} {text}")


def _paused(alarm: Alarm, is_own: bool, todo_of: str = "company_admin") -> Words:
    method = alarm.facts["method"]
    provider, flow = catalog.at_whom(method)
    found = explain_cause(alarm.facts["cause"], provider=provider, flow=flow)
    text = f"{found.title}. {found.todo_for('user' if is_own else todo_of)}"
    names = {"way": catalog.label_of(method), "person": _person(alarm)}
    if (people := alarm.facts.get("people")) is not None:
        title = ngettext(
            "%(n)s person cannot send by %(way)s.", "%(n)s people cannot send by %(way)s.", people
        )
        shown = ", ".join(alarm.facts["names"]) + (" …" if people > len(alarm.facts["names"]) else "")
        return Words(title % (names | {"n": people}), f"{shown}: {text}")
    if is_own:
        return Words(_("Your mail cannot leave by %(way)s.") % names, text)
    if alarm.membership:
        return Words(_("%(person)s cannot send by %(way)s.") % names, text)
    return Words(_("%(way)s needs attention.") % names, text)


def _queue(alarm: Alarm, _is_own: bool) -> Words:
    minutes = alarm.facts["minutes"]
    title = ngettext(
        "Mail waits for more than %(n)s minute.", "Mail waits for more than %(n)s minutes.", minutes
    )
    oldest = _moment(alarm.facts["oldest"], alarm)
    text = _("The oldest message was handed over on %(when)s.") % {"when": oldest}
    return Words(title % {"n": minutes}, text)


def _webhook(alarm: Alarm, _is_own: bool) -> Words:
    if alarm.facts["why"] == Condition.GONE:
        text = _("The receiver answered that it is gone.")
    else:
        text = _("For three days nothing got through. Mend the receiver, then switch the webhook on.")
    return Words(_("Nothing is posted to %(host)s any more.") % {"host": alarm.facts["host"]}, text)


def _worker(alarm: Alarm, _is_own: bool) -> Words:
    text = _("Nothing is sent, for any company, until one runs: start manage.py worker.")
    if seen_at := alarm.facts.get("seen_at"):
        title = _("No worker has been seen since %(when)s.") % {"when": _moment(seen_at, alarm)}
        return Words(title, text)
    return Words(_("No worker has ever been seen, and mail waits."), text)


_WORDS: dict[Kind, Callable[[Alarm, bool], Words]] = {
    Kind.SECRET_ENDING: _secret,
    Kind.CONNECTION_LOST: _connection,
    Kind.MAILBOX_PAUSED: _paused,
    Kind.QUEUE_OLD: _queue,
    Kind.WEBHOOK_STOPPED: _webhook,
    Kind.KEY_ENDING: _key,
    Kind.WORKER_MISSING: _worker,
}


def mending(alarm: Alarm, *, is_own: bool, is_operator: bool = False) -> Mending:
    """Where the reader mends it: an admin in the settings, a person (`is_own`) on his profile.

    An operator is sent to the operators' overview: a company's pages are closed to him.
    """
    if alarm.company is None or is_operator:
        return Mending(gettext_lazy("Open the operator’s overview"), reverse("operator-overview"))
    code = alarm.company.code
    if is_own:
        return Mending(gettext_lazy("Open my profile"), reverse("profile", args=[code]))
    if alarm.kind == Kind.QUEUE_OLD:
        return Mending(gettext_lazy("See what waits"), reverse("outbox", args=[code]) + "?state=waiting")
    if alarm.kind == Kind.WEBHOOK_STOPPED:
        return Mending(gettext_lazy("Look at it"), reverse("webhook-page", args=[code, alarm.subject]))
    if alarm.membership_id:
        return Mending(gettext_lazy("Look at it"), reverse("person", args=[code, alarm.membership_id]))
    return _mending_for_all(alarm, code)


def _mending_for_all(alarm: Alarm, code: str) -> Mending:
    if alarm.kind == Kind.SECRET_ENDING:
        page = "settings-smtp"
        if alarm.facts["what"] in APP_KINDS:
            page = "app-credential"
        elif alarm.facts["what"] == CredentialKind.GOOGLE_CLIENT_SECRET:
            page = "settings-google"
        return Mending(gettext_lazy("Replace it"), reverse(page, args=[code]))
    if alarm.kind == Kind.KEY_ENDING:
        return Mending(gettext_lazy("Look at it"), reverse("api-keys", args=[code]))
    if alarm.kind == Kind.CONNECTION_LOST:
        return Mending(gettext_lazy("Connect it again"), reverse("company-mailbox", args=[code]))
    return Mending(
        gettext_lazy("Look at the settings"),
        reverse(PAGES.get(alarm.facts["method"], "settings"), args=[code]),
    )


def _person(alarm: Alarm) -> str:
    return str(alarm.membership.user) if alarm.membership else ""


def _zone(alarm: Alarm) -> ZoneInfo:
    return alarm.company.zone if alarm.company else ZoneInfo(settings.TIME_ZONE)


def _moment(iso: str, alarm: Alarm) -> str:
    local = timezone.localtime(datetime.fromisoformat(iso), _zone(alarm))
    return f"{date_format(local, DAY)}, {local:%H:%M} {local.tzname()}"
