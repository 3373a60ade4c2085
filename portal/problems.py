"""What needs mending, worst first, each with the page that mends it."""

from collections import Counter
from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import MailState, Membership
from diagnosis import vocabulary
from handover.models import Proposal, ProposalState
from mailsettings import catalog, retirements
from mailsettings.cards import PAGES
from mailsettings.models import Credential, MicrosoftApp, SmtpServer
from oauth.registration import lacking
from oauth.services import connection_of, connection_of_company
from oauth.words import of_lacking
from portal import watched
from portal.crowd import NAMED, Crowd, States
from portal.problem import Problem
from portal.templatetags.times import day, days_left
from portal.templatetags.tones import tone_of_end
from sender.models import OutboxMessage, SendingMailbox, State
from sender.sending_state import SendingState


def of_company(
    viewer: Membership, crowd: Crowd, of_app: Credential | None, *, is_new: bool = False
) -> list[Problem]:
    """Everything wrong in the company, as an admin or support person may see it; `is_new` is led by steps instead."""
    states = crowd.states
    problems = [
        *watched.no_worker(),
        *_nothing_set_up(viewer, crowd, is_new),
        *_app_credential(viewer, of_app),
        *watched.by_rules(viewer),
        *_many(viewer, crowd),
        *_company_mailboxes(viewer, states),
        *_company_connection(viewer, crowd),
        *_mailboxes(viewer, states),
        *_reconnecting(viewer, states),
        *_lacking(viewer, states),
        *_unknown(viewer),
        *_handed_in(viewer),
        *_not_set_up_people(viewer, crowd),
        *_ending(viewer, crowd.methods, is_own=False),
    ]
    return sorted(problems, key=lambda problem: problem.tone != "bad")


def of_person(viewer: Membership, state: SendingState) -> list[Problem]:
    """What keeps a person's own mail from leaving, or from leaving his own way."""
    mend = [_own(viewer, state)] if state.tone in ("bad", "warn") else []
    return [*mend, *_unknown(viewer), *_ending(viewer, Counter([state.method]), is_own=True)]


def _own(viewer: Membership, state: SendingState) -> Problem:
    if state.lacking:
        title = _("Connect to Microsoft once more.")
        text = " ".join([*of_lacking(connection_of(viewer)), _("Other mail leaves meanwhile.")])
    elif state.can_send:
        title = _("You must connect to %(provider)s again.") % {"provider": state.reconnect_to}
        text = _("Until then your mail leaves another way: %(way)s.") % {"way": state.way}
    elif state.tone == "warn":
        title = _("Your mail cannot leave yet.")
        text = _("Choose how it should leave; it takes a minute.")
    else:
        title = _("Your mail cannot leave.")
        text = " ".join([f"{vocabulary.cause(state.cause).title}.", _waiting(state.mailbox)]).strip()
    return Problem(state.tone, title, text, _("Open my profile"), _page(viewer, "profile"))


def _page(viewer: Membership, name: str, *args: object) -> str:
    return reverse(name, args=[viewer.company.code, *args])


def _troubled(viewer: Membership) -> str:
    return f"{_page(viewer, 'people')}?state={MailState.ATTENTION}"


def _admin_page(viewer: Membership, name: str) -> str:
    return _page(viewer, name) if viewer.is_admin else ""


def _waiting(*mailboxes: SendingMailbox | None) -> str:
    """`3 messages wait.`, or nothing."""
    held = [box for box in mailboxes if box]
    count = OutboxMessage.objects.waiting().filter(mailbox__in=held).count() if held else 0
    return ngettext("%(n)s message waits.", "%(n)s messages wait.", count) % {"n": count} if count else ""


def _many(viewer: Membership, crowd: Crowd) -> Iterable[Problem]:
    """So many are in trouble that only some were looked at."""
    if crowd.not_looked_at:
        count = crowd.numbers[MailState.ATTENTION]
        title = ngettext("%(n)s person needs attention.", "%(n)s people need attention.", count) % {
            "n": count
        }
        text = _("What is said of people here is of the first %(n)s of them.") % {"n": len(crowd.states)}
        yield Problem("warn", title, text, _("See the people"), _troubled(viewer))


def _nothing_set_up(viewer: Membership, crowd: Crowd, is_new: bool) -> Iterable[Problem]:
    if not viewer.company.allowed_methods:
        text = _("The people who run this portal have not allowed your company any way of sending. Ask them.")
        yield Problem("bad", _("No way of sending is allowed."), text)
    elif not is_new and not crowd.able and not any(state.tone == "bad" for state in crowd.states.values()):
        text = _("Fill in Office 365 or a mail server; then people can connect or send through it.")
        yield Problem(
            "bad",
            _("No way of sending is set up yet."),
            text,
            _("Set up sending"),
            _admin_page(viewer, "settings"),
        )


def _app_credential(viewer: Membership, secret: Credential | None) -> Iterable[Problem]:
    if secret is None or tone_of_end(secret.expires_on) not in ("bad", "warn"):
        return
    what = secret.get_kind_display()
    action = _("Replace the certificate") if secret.is_certificate else _("Replace the secret")
    url = _admin_page(viewer, "settings-office365")
    left, ends = days_left(secret.expires_on), day(secret.expires_on)
    if left < 0:
        title = _("The %(what)s ended on %(day)s.") % {"what": what, "day": ends}
        text = _("Nobody can send through Microsoft until it is replaced.")
        yield Problem("bad", title, text, action, url)
        return
    days = ngettext("in %(n)s day", "in %(n)s days", left) % {"n": left} if left else _("today")
    title = _("The %(what)s ends %(days)s, on %(day)s.") % {"what": what, "days": days, "day": ends}
    yield Problem("warn", title, _("Mail through Microsoft stops then."), action, url)


def _broken(states: States) -> list[tuple[Membership, SendingState, SendingMailbox]]:
    return [
        (one, state, state.mailbox) for one, state in states.items() if state.tone == "bad" and state.mailbox
    ]


def _company_mailboxes(viewer: Membership, states: States) -> Iterable[Problem]:
    boxes = {box.pk: box for _one, _state, box in _broken(states) if not box.owner}
    for box in boxes.values():
        text = " ".join([f"{vocabulary.cause(box.cause).title}.", _waiting(box)]).strip()
        title = _("%(way)s needs attention.") % {"way": catalog.label_of(box.method)}
        page = _admin_page(viewer, PAGES.get(box.method, "settings"))
        yield Problem("bad", title, text, _("Look at the settings"), page)


def _company_connection(viewer: Membership, crowd: Crowd) -> Iterable[Problem]:
    """The company's mailbox is to send for those without a way of their own, and cannot."""
    states = crowd.states
    for state in states.values():
        rung = next((one for one in state.refused if one.method == catalog.COMPANY_MAILBOX), None)
        if rung is not None and rung.cause != "method_not_allowed":
            page = _admin_page(viewer, PAGES[catalog.COMPANY_MAILBOX])
            cannot = not all(one.can_send for one in states.values())
            title = _("The company's mailbox does not send.")
            yield Problem("bad" if cannot else "warn", title, rung.reason, _("Open its page"), page)
            return
    if crowd.methods[catalog.COMPANY_MAILBOX]:
        names = {"permissions": ", ".join(lacking(connection_of_company(viewer.company)))}
        if names["permissions"]:
            title = _("The company's mailbox needs more permission.")
            text = _("Your settings need %(permissions)s by now. Until an administrator connects it once more, "
                     "it sends as before.") % names  # fmt: skip
            page = _admin_page(viewer, PAGES[catalog.COMPANY_MAILBOX])
            yield Problem("warn", title, text, _("Open its page"), page)


def _mailboxes(viewer: Membership, states: States) -> Iterable[Problem]:
    """One line for each of the first few people; one for all the others."""
    broken = [(one, box) for one, _state, box in _broken(states) if box.owner]
    for one, box in broken[:NAMED]:
        text = " ".join([f"{vocabulary.cause(box.cause).title}.", _waiting(box)]).strip()
        title = _("%(person)s cannot send.") % {"person": one.user}
        yield Problem("bad", title, text, _("Look at it"), _page(viewer, "person", one.pk))
    if rest := broken[NAMED:]:
        title = ngettext("%(n)s more person cannot send.", "%(n)s more people cannot send.", len(rest))
        text = _waiting(*[box for _one, box in rest])
        yield Problem("bad", title % {"n": len(rest)}, text, _("See the people"), _troubled(viewer))


def _reconnecting(viewer: Membership, states: States) -> Iterable[Problem]:
    for provider in dict.fromkeys(state.reconnect_to for state in states.values() if state.reconnect_to):
        people = [one for one, state in states.items() if state.reconnect_to == provider]
        yield _reconnecting_to(provider, viewer, people, states)


def _reconnecting_to(provider: str, viewer: Membership, people: list[Membership], states: States) -> Problem:
    count = len(people)
    names = {"names": _names(people), "provider": provider}
    if people == [viewer]:
        title = _("You must connect to %(provider)s again.") % names
        return Problem("bad", title, "", _("Reconnect"), _page(viewer, "profile"))
    title = ngettext(
        "%(names)s must connect to %(provider)s again.",
        "%(names)s must connect to %(provider)s again.",
        count,
    )
    text = _("Only they can do it: on their profile, with the button Reconnect to %(provider)s.") % names
    cannot = any(not states[one].can_send for one in people)
    page = _page(viewer, "person", people[0].pk) if count == 1 else _troubled(viewer)
    action = _("Look at it")
    if viewer.is_admin:  # by letters, each with a link of its person's own
        action, page = _("Ask them to connect"), _page(viewer, "invite-to-connect")
    return Problem("bad" if cannot else "warn", title % names, text, action, page)


def _lacking(viewer: Membership, states: States) -> Iterable[Problem]:
    """People who send, and have not allowed yet what a setting needs by now."""
    people = [one for one, state in states.items() if state.lacking]
    if not people:
        return
    if people == [viewer]:
        yield _own(viewer, states[viewer])
        return
    title = ngettext(
        "%(names)s needs more permission.", "%(names)s need more permission.", len(people)
    ) % {"names": _names(people)}  # fmt: skip
    permissions = dict.fromkeys(name for one in people for name in states[one].lacking)
    text = _(
        "Your settings need %(permissions)s by now. Only they can give it: on their profile, with the button "
        "Reconnect to Microsoft. Other mail leaves meanwhile."
    ) % {"permissions": ", ".join(permissions)}
    page = _page(viewer, "person", people[0].pk) if len(people) == 1 else _troubled(viewer)
    yield Problem("warn", title, text, _("Look at it"), page)


def _names(people: list[Membership], number: int | None = None) -> str:
    """The first few by name; `number` where `people` are not all of them."""
    named = ", ".join(str(one.user) for one in people[:NAMED])
    rest = (len(people) if number is None else number) - NAMED
    if rest <= 0:
        return named
    return ngettext("%(names)s and %(n)s other", "%(names)s and %(n)s others", rest) % {
        "names": named,
        "n": rest,
    }


def _unknown(viewer: Membership) -> Iterable[Problem]:
    # Each has a cause; to say so lets the index of mail in trouble find them.
    rows = OutboxMessage.objects.filter(company=viewer.company, state=State.UNKNOWN).exclude(cause="")
    count = (rows if viewer.is_staff_of_company else rows.filter(membership=viewer)).count()
    if count:
        title = ngettext(
            "%(n)s message may or may not have gone out.",
            "%(n)s messages may or may not have gone out.",
            count,
        )
        text = _("The connection broke at the last moment. Look into Sent Items, then decide.")
        page = _page(viewer, "outbox") + "?state=unknown"
        yield Problem("warn", title % {"n": count}, text, _("Decide"), page)


def _handed_in(viewer: Membership) -> Iterable[Problem]:
    """Values came by a hand-over link, and wait for an admin."""
    rows = Proposal.objects.filter(link__company=viewer.company, state=ProposalState.WAITING)
    for one in rows.select_related("link").defer("ciphertext")[:NAMED]:
        title = _("%(whom)s handed values in.") % {"whom": one.link.made_for}
        text = _("They were tried with success, and are not in use yet.")
        url = _page(viewer, "hand-over-link", one.link_id) if viewer.is_admin else ""
        yield Problem("warn", title, text, _("Look at them"), url)


def _not_set_up_people(viewer: Membership, crowd: Crowd) -> Iterable[Problem]:
    """Some people have no way, while others have one."""
    number = crowd.without_number
    if number and number < crowd.total:
        title = ngettext("%(names)s cannot send yet.", "%(names)s cannot send yet.", number)
        text = _("Nothing is set up for them, and there is no company server that would send instead.")
        names, page = _names(crowd.without, number), _page(viewer, "people") + "?state=never"
        yield Problem("warn", title % {"names": names}, text, _("See the people"), page)


def _ending(viewer: Membership, methods: Counter[str], *, is_own: bool) -> Iterable[Problem]:
    """People whose way of sending their provider is ending, counted by their ways."""
    server = SmtpServer.objects.filter(company=viewer.company).first()
    told = {method: notice for method in methods if (notice := retirements.of_way(method, server))}
    if not told:
        return
    count, notice = sum(methods[method] for method in told), next(iter(told.values()))
    if is_own:
        yield Problem("warn", notice.title, notice.text, _("Open my profile"), _page(viewer, "profile"))
        return
    title = ngettext(
        "%(n)s person sends with a password through Microsoft 365, which is ending.",
        "%(n)s people send with a password through Microsoft 365, which is ending.",
        count,
    )
    text = f"{notice.text} {_('They move to Connect to Microsoft on their profiles.')}"
    if viewer.is_admin and not MicrosoftApp.objects.filter(company=viewer.company).exists():
        action, url = _("Set up Connect to Microsoft"), _page(viewer, "settings-office365")
    else:
        action, url = _("See the people"), f"{_page(viewer, 'people')}?method={next(iter(told))}"
    yield Problem("warn", title % {"n": count}, text, action, url)
