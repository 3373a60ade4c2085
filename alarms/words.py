"""An alarm in plain words, and the page that mends it; the same on pages, in mail and in web hooks."""

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
from mailsettings import catalog
from mailsettings.cards import PAGES
from mailsettings.models import APP_KINDS, CredentialKind
from oauth.models import Provider

DAY = "j M Y"
MOMENT = "j M Y, H:i"


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


def of(alarm: Alarm) -> Words:
    return _WORDS[Kind(alarm.kind)](alarm)


def over(title: str) -> str:
    """How the end of what `title` tells is told."""
    return _("This is over: %(what)s") % {"what": title}


def _secret(alarm: Alarm) -> Words:
    what = CredentialKind(alarm.facts["what"]).label
    names = {"what": what, "person": _person(alarm)}
    ends_on = date.fromisoformat(alarm.facts["ends_on"])
    names["day"] = date_format(ends_on, DAY)
    left = (ends_on - timezone.localdate(clock.now(), _zone(alarm))).days
    if left < 0:
        title = (
            _("%(person)s’s %(what)s ended on %(day)s.")
            if names["person"]
            else _("The %(what)s ended on %(day)s.")
        )
        return Words(title % names, _("No mail leaves with it until it is replaced."))
    names["days"] = ngettext("in %(n)s day", "in %(n)s days", left) % {"n": left} if left else _("today")
    if names["person"]:
        title = _("%(person)s’s %(what)s ends %(days)s, on %(day)s.")
    else:
        title = _("The %(what)s ends %(days)s, on %(day)s.")
    text = _("Store a new one beside it, try it, and let it take over: nothing stops meanwhile.")
    if alarm.facts["what"] not in APP_KINDS:
        text = _("Mail that leaves with it stops then. Store a new one before that day.")
    return Words(title % names, text)


def _connection(alarm: Alarm) -> Words:
    names = {"provider": Provider(alarm.facts["provider"]).label, "address": alarm.facts["address"]}
    names["person"] = _person(alarm)
    cause = f"{vocabulary.cause(alarm.facts['cause']).title}."
    if names["person"]:
        title = _("%(person)s must connect to %(provider)s again.") % names
        text = _("Only they can do it: on their profile, with the button Connect to %(provider)s.") % names
    else:
        title = _("The company’s mailbox %(address)s must be connected to %(provider)s again.") % names
        text = _("An administrator connects it on its page.")
    return Words(title, f"{cause} {text}")


def _paused(alarm: Alarm) -> Words:
    cause = f"{vocabulary.cause(alarm.facts['cause']).title}."
    way = str(catalog.METHODS[alarm.facts["method"]].label)
    if (people := alarm.facts.get("people")) is not None:
        title = ngettext(
            "%(n)s person cannot send by %(way)s.", "%(n)s people cannot send by %(way)s.", people
        )
        names = ", ".join(alarm.facts["names"]) + (" …" if people > len(alarm.facts["names"]) else "")
        return Words(title % {"n": people, "way": way}, f"{cause} {names}")
    if alarm.membership:
        return Words(_("%(person)s cannot send.") % {"person": _person(alarm)}, f"{cause} {way}.")
    return Words(_("%(way)s needs attention.") % {"way": way}, cause)


def _queue(alarm: Alarm) -> Words:
    minutes = alarm.facts["minutes"]
    title = ngettext(
        "Mail waits for more than %(n)s minute.", "Mail waits for more than %(n)s minutes.", minutes
    )
    oldest = _moment(alarm.facts["oldest"], alarm)
    text = _("The oldest message was handed over on %(when)s.") % {"when": oldest}
    return Words(title % {"n": minutes}, text)


def _worker(alarm: Alarm) -> Words:
    text = _("Nothing is sent, for any company, until one runs: start manage.py worker.")
    if seen_at := alarm.facts.get("seen_at"):
        title = _("No worker has been seen since %(when)s.") % {"when": _moment(seen_at, alarm)}
        return Words(title, text)
    return Words(_("No worker has ever been seen, and mail waits."), text)


_WORDS: dict[Kind, Callable[[Alarm], Words]] = {
    Kind.SECRET_ENDING: _secret,
    Kind.CONNECTION_LOST: _connection,
    Kind.MAILBOX_PAUSED: _paused,
    Kind.QUEUE_OLD: _queue,
    Kind.WORKER_MISSING: _worker,
}


def mending(alarm: Alarm, *, is_own: bool) -> Mending:
    """Where the reader mends it: an admin in the settings, a person (`is_own`) on his profile."""
    if alarm.company is None:
        return Mending(gettext_lazy("Open the operator’s overview"), reverse("operator-overview"))
    code = alarm.company.code
    if is_own:
        return Mending(gettext_lazy("Open my profile"), reverse("profile", args=[code]))
    if alarm.kind == Kind.QUEUE_OLD:
        return Mending(gettext_lazy("See what waits"), reverse("outbox", args=[code]) + "?state=waiting")
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
    if alarm.kind == Kind.CONNECTION_LOST:
        return Mending(gettext_lazy("Connect it again"), reverse("company-mailbox", args=[code]))
    return Mending(
        gettext_lazy("Look at the settings"),
        reverse(PAGES.get(alarm.facts["method"], "settings"), args=[code]),
    )


def _person(alarm: Alarm) -> str:
    return str(alarm.membership.user) if alarm.membership else ""


def _zone(alarm: Alarm) -> ZoneInfo:
    return ZoneInfo(alarm.company.time_zone) if alarm.company else ZoneInfo(settings.TIME_ZONE)


def _moment(iso: str, alarm: Alarm) -> str:
    local = timezone.localtime(datetime.fromisoformat(iso), _zone(alarm))
    return f"{date_format(local, MOMENT)} {local.tzname()}"
