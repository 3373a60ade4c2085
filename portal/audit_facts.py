"""The facts of audit events in words: a fact that is a field has the field's name, and its choices their labels."""

import re
from collections import defaultdict
from functools import cache

from django.apps import apps
from django.conf import settings
from django.db.models import Field
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Role
from mailsettings.catalog import METHODS
from portal.templatetags.tones import spoken

_OF = ("accounts", "mailsettings", "oauth", "sender", "handover", "alarms", "api", "webhooks")
# Facts that are no fields, or of fields that no form shows.
_NAMES: dict[str, Promise] = {
    "address": _("Address"),
    "area": _("Area"),
    "by_mail": _("By mail"),
    "came": _("Account"),
    "cause": _("Cause"),
    "days": _("Days"),
    "deliveries": _("Events"),
    "events": _("Events"),
    "expires_on": _("Ends on"),
    "fields": _("Fields"),
    "file": _("File"),
    "file_bytes": _("Size in bytes"),
    "filter": _("Filter"),
    "fingerprint": _("Fingerprint"),
    "found": _("State"),
    "html": _("Text"),
    "kind": _("Kind"),
    "letters": _("Letters"),
    "link": _("Link"),
    "messages": _("Messages"),
    "people": _("People"),
    "permissions": _("Permissions"),
    "prefix": _("Key"),
    "provider": _("Provider"),
    "scopes": _("Permissions"),
    "send_to": _("Message to"),
    "size_bytes": _("Size in bytes"),
    "state": _("State"),
    "takes_over": _("Used at once"),
    "to": _("Message to"),
    "waiting": _("Beside the one in use"),
    "way": _("Task"),
    "why": _("Why"),
    "words": _("Search"),
}
# What is kept of an agreement text: mailsettings/agreements.py.
_TEXT = re.compile(r"(\d+) bytes, fingerprint (\w+)")
_ACTORS: dict[str, Promise] = {"command line": _("command line"), "worker": _("worker")}
# What an actor's label begins with, and how it is said: api/keys.py, handover/links.py.
_NAMED: dict[str, Promise] = {
    "API key ": _("API key %(name)s"),
    "hand-over link for ": _("hand-over link for %(name)s"),
}


@cache
def _fields() -> dict[str, list[Field]]:
    found: dict[str, list[Field]] = defaultdict(list)
    for label in _OF:
        for model in apps.get_app_config(label).get_models():
            for field in model._meta.concrete_fields:
                found[field.name].append(field)
    return dict(found)


def name_of(fact: str) -> str:
    if fact in _NAMES:
        return str(_NAMES[fact])
    names = [field.verbose_name for field in _fields().get(fact, ())]
    return next((capfirst(str(name)) for name in names if isinstance(name, Promise)), spoken(fact))


def value_of(fact: str, value: str) -> str:
    """The label of a choice, of a way of sending or of a role; a language in itself; other text as it is."""
    if value in METHODS:
        return str(METHODS[value].label)
    if fact in ("locale", "language"):
        return dict(settings.LANGUAGES).get(value, value)
    if text := _TEXT.fullmatch(value):
        size = int(text[1])
        words = ngettext("%(n)s byte, fingerprint %(mark)s", "%(n)s bytes, fingerprint %(mark)s", size)
        return words % {"n": size, "mark": text[2]}
    choices = [dict(field.flatchoices) for field in _fields().get(fact, ()) if field.flatchoices]
    if fact in ("old", "new"):
        choices.append(dict(Role.choices))
    return next((str(known[value]) for known in choices if value in known), value)


def actor_of(label: str) -> str:
    """Who did it: an address, a key's name, or a program of the portal's own."""
    for beginning, words in _NAMED.items():
        if label.startswith(beginning):
            return str(words) % {"name": label.removeprefix(beginning)}
    return str(_ACTORS.get(label, label))
