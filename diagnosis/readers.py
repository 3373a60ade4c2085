"""The same explanation for three readers: the person himself, the company's admin, and who looks after Microsoft 365.

Who can mend it is told what to do; anybody else is told whose turn it is, and gets a text to forward.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from diagnosis import vocabulary
from diagnosis.causes.shape import Retry, Text
from diagnosis.explain import Explanation


class Reader(StrEnum):
    """Words of the vocabulary where one of them mends it; support mends nothing and tells the others."""

    USER = "user"
    ADMIN = "company_admin"
    IT = "tenant_admin"
    SUPPORT = "support"


NAMES = {
    Reader.USER: gettext_lazy("The person"),
    Reader.ADMIN: gettext_lazy("The company's administrator"),
    Reader.IT: gettext_lazy("The IT person"),
}
WHOSE_TURN = {
    "user": gettext_lazy("The person whose mail it is has to do this."),
    "company_admin": gettext_lazy("Your company's administrator of this portal has to mend this."),
    "tenant_admin": gettext_lazy(
        "The person who looks after Microsoft 365 in your company has to mend this."
    ),
    "tenant_admin at google": gettext_lazy(
        "The person who looks after Google in your company has to mend this."
    ),
    "operator": gettext_lazy("The operator of this portal has to mend this."),
    "wait": gettext_lazy("Nobody has to do anything: it passes."),
    "sender": gettext_lazy("Who wrote the message has to do this."),
}
RETRY = {
    Retry.WAIT: gettext_lazy("The portal tries such a message again by itself."),
    Retry.STOP_MESSAGE: gettext_lazy("The portal gives such a message up; other mail goes on."),
    Retry.PAUSE_MAILBOX: gettext_lazy(
        "The portal stops the mailbox, and keeps its mail until this is mended."
    ),
}
_MENDS = {
    Reader.USER: ("user", "sender"),
    Reader.ADMIN: ("company_admin", "user", "sender"),
    Reader.IT: ("tenant_admin", "user", "sender"),
    Reader.SUPPORT: ("user", "sender"),
}
_OF_THE_PERSON = ("user", "sender")


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reader is told.

    `whose_turn` is empty when he mends it himself, or nobody has to. `letter` is plain text to forward to who mends
    it, or to who has a part in it; else empty.
    """

    todo: Text
    whose_turn: Text = ""
    letter: str = ""


def whose_turn(found: Explanation) -> Text:
    """Who has to mend it, as a sentence."""
    return WHOSE_TURN.get(f"{found.tell} at {found.provider}") or WHOSE_TURN[found.tell]


def reading(found: Explanation, reader: str, *, is_own: bool = True) -> Reading:
    """`found` as `reader` is to read it; `is_own`: it is about his own mail, and not a colleague's."""
    own_words = words_for(found, reader)
    if mends(found, reader, is_own=is_own) or found.tell == "wait":
        helper = words_for(found, Reader.IT) if reader == Reader.ADMIN else None
        return Reading(own_words or found.todo_for(reader), letter=letter(found, helper) if helper else "")
    ask = _("Pass the text below on to them.") if reader == Reader.USER else mender_todo(found)
    return Reading(own_words or ask, whose_turn(found), letter(found))


def for_each(found: Explanation) -> list[tuple[Text, Text]]:
    """What to tell the person, the admin and the IT person: (who, what to do), where there is something to tell."""
    told = []
    for reader, name in NAMES.items():
        if words := words_for(found, reader):
            told.append((name, words))
        elif mends(found, reader):
            told.append((name, mender_todo(found)))
        elif reader == Reader.USER:
            told.append((name, whose_turn(found)))
    return told


def mends(found: Explanation, reader: str, *, is_own: bool = True) -> bool:
    return found.tell in _MENDS[Reader(reader)] and (is_own or found.tell not in _OF_THE_PERSON)


def words_for(found: Explanation, reader: str) -> Text | None:
    """The words made for this reader alone; None when there are none."""
    row = vocabulary.cause(found.cause)
    if found.todo is row.todo_google:  # the others' words are about Microsoft
        return None
    return {Reader.USER: row.todo_user, Reader.ADMIN: row.todo_admin, Reader.IT: row.todo_it}.get(reader)


def mender_todo(found: Explanation) -> Text:
    """What to do, in the words for who mends it."""
    row = vocabulary.cause(found.cause)
    return words_for(found, found.tell) or (found.todo if found.todo is row.todo_google else row.todo)


def letter(found: Explanation, todo: Text | None = None) -> str:
    """All that who mends it needs, as plain text: what happened, what to do, commands, the server's words, ids.

    `todo` in place of what who mends it has to do: for somebody else who has a part in it.
    """
    happened = f"{found.happened}\n{todo or mender_todo(found)}"
    parts = [str(found.title), happened, "\n".join(found.commands)]
    if found.raw:
        parts.append(_("The server's own words:") + f"\n{found.raw}")
    parts.append("\n".join(f"{name}: {value}" for name, value in found.provider_ids.items()))
    return "\n\n".join(part for part in parts if part)
