"""Writing to many people: planned as a dry run, started by a person, carried out by workers a letter at a time.

By the company's own way, a letter and the mark that it was written are one transaction, so that it goes into the
outbox once, whatever happens. By the operator's mailbox somebody may get it twice when a process dies between the
two: of two invitations only the later link works. No transaction is open while that server is asked: on SQLite
nobody else could write meanwhile.
"""

import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import languages, letters, services
from accounts.audit import WORKER, Actor, record
from accounts.letters import NotSent, Text
from accounts.models import (
    Company,
    Invitation,
    Letter,
    LetterState,
    Mailing,
    MailingKind,
    MailingState,
    MailState,
    Membership,
    Role,
    Why,
)
from accounts.models.mailing import GETS_NONE
from accounts.people_reading import Line, role_of
from core.addresses import AddressFormField
from core.errors import InputError
from core.sentences import kept

ASK_AGAIN_AFTER = timedelta(days=7)
TRY_AGAIN_AFTER = timedelta(minutes=5)
DRAFTS_KEPT = timedelta(days=1)
KEPT = timedelta(days=365)  # who was written to; the audit log keeps how many
HELD = timedelta(minutes=2)  # a worker that died holds a mailing no longer
AT_ONCE = 25
FOR_S = 20.0  # in a worker's round of a minute

_invited_as = AddressFormField(max_length=254)


def plan_invitations(company: Company, people: Iterable[Line], role: str, actor: Actor) -> Mailing:
    """What would happen with each line; nobody is invited before `start`."""
    members = set(Membership.objects.filter(company=company).values_list("user__email", flat=True))
    invited = set(
        Invitation.objects.filter(company=company, accepted_at=None).values_list("email", flat=True)
    )
    seen: dict[str, int] = {}
    made = Mailing(company=company, kind=MailingKind.INVITE, made_by=actor.user)
    planned = []
    for line in people:
        letter = Letter(mailing=made, number=line.number, email=line.email[:320], name=line.name[:150])
        letter.why, letter.note = _judged(letter, line, role, members, seen)
        if letter.why == Why.NEW and letter.email in invited:
            letter.why = Why.RENEWED
        letter.state = LetterState.NONE if letter.why in GETS_NONE else LetterState.WAITING
        planned.append(letter)
    return _stored(made, planned)


def _judged(
    letter: Letter, line: Line, role: str, members: set[str], seen: dict[str, int]
) -> tuple[Why, str]:
    """Why this line gets a letter or none, with a sentence where something is wrong; fills in address and role."""
    try:
        letter.email = _invited_as.clean(line.email)
    except ValidationError as error:
        with kept():
            return Why.INVALID, error.messages[0]
    letter.role = role_of(line.role) if line.role else role
    if letter.role is None:
        letter.role = Role.USER
        return Why.INVALID, _no_such_role(line.role[:40])
    if letter.email in seen:
        with kept():
            return Why.TWICE, _("The same as in line %(line)s.") % {"line": seen[letter.email]}
    seen[letter.email] = line.number
    return (Why.MEMBER, "") if letter.email in members else (Why.NEW, "")


def _no_such_role(name: str) -> str:
    with kept():
        roles = ", ".join(str(label) for label in Role.labels)
        sentence = _("There is no role “%(role)s”. Write one of these: %(roles)s.")
        return sentence % {"role": name, "roles": roles}


def plan_asking(company: Company, people: Sequence[tuple[Membership, Why]], actor: Actor) -> Mailing:
    """Letters to these members, and to everybody whose invitation has waited long enough."""
    made = Mailing(company=company, kind=MailingKind.CONNECT, made_by=actor.user)
    planned = [
        Letter(mailing=made, number=n, email=one.user.email, name=one.user.name, membership=one, why=why)
        for n, (one, why) in enumerate(people, 1)
    ]
    for number, one in enumerate(waiting_invitations(company), len(planned) + 1):
        facts = {"email": one.email, "name": one.name, "role": one.role, "invitation": one}
        planned.append(Letter(mailing=made, number=number, why=Why.NOT_ACCEPTED, **facts))
    return _stored(made, planned)


@transaction.atomic
def _stored(made: Mailing, planned: list[Letter]) -> Mailing:
    made.save()
    Letter.objects.bulk_create(planned, batch_size=500)
    return made


def waiting_invitations(company: Company) -> list[Invitation]:
    """Not accepted, and made long enough ago to be made again."""
    rows = Invitation.objects.filter(company=company, accepted_at=None)
    return list(rows.filter(created_at__lte=timezone.now() - ASK_AGAIN_AFTER).order_by("email"))


def asked_lately(company: Company) -> set[object]:
    """Ids of the members who were asked to connect a short time ago."""
    since = timezone.now() - ASK_AGAIN_AFTER
    rows = Letter.objects.filter(mailing__company=company, mailing__kind=MailingKind.CONNECT)
    planned = Q(sent_at__gt=since) | Q(state=LetterState.WAITING, mailing__state=MailingState.RUNNING)
    return set(rows.filter(planned, membership__isnull=False).values_list("membership_id", flat=True))


def start(mailing: Mailing, actor: Actor) -> bool:
    """Let the letters go out; False when that was done already. The first few go at once."""
    now = timezone.now()
    waiting = mailing.letters.filter(state=LetterState.WAITING).count()
    draft = Mailing.objects.filter(pk=mailing.pk, state=MailingState.DRAFT)
    if not waiting or not draft.update(state=MailingState.RUNNING, started_at=now, made_by=actor.user):
        return False
    action = "mailing.invitations" if mailing.kind == MailingKind.INVITE else "mailing.asked_to_connect"
    record(actor, action, company=mailing.company, label=str(mailing.company), letters=waiting)
    work(now, for_s=1.0, only=mailing)
    return True


def stop(mailing: Mailing, actor: Actor) -> bool:
    """Send no more of its letters; those that went out stay out."""
    rows = Mailing.objects.filter(pk=mailing.pk, state=MailingState.RUNNING)
    if not rows.update(state=MailingState.STOPPED, ended_at=timezone.now(), note=""):
        return False
    left = mailing.letters.filter(state=LetterState.WAITING).count()
    record(actor, "mailing.stopped", company=mailing.company, label=str(mailing.company), letters=left)
    return True


def work(now: datetime, *, for_s: float = FOR_S, only: Mailing | None = None) -> int:
    """A worker's job: letters that wait, for some seconds in all. Returns how many were sent."""
    old_draft = Q(state=MailingState.DRAFT, made_at__lt=now - DRAFTS_KEPT)
    Mailing.objects.filter(old_draft | Q(made_at__lt=now - KEPT)).delete()
    free = Q(free_at=None) | Q(free_at__lte=now)
    due = Mailing.objects.filter(free, state=MailingState.RUNNING).select_related("company")
    sent, until = 0, time.monotonic() + for_s
    for mailing in due.filter(pk=only.pk) if only else due.order_by("free_at"):
        if time.monotonic() < until and due.filter(pk=mailing.pk).update(free_at=now + HELD):
            sent += _carry_out(mailing, until)
    return sent


def _carry_out(mailing: Mailing, until: float) -> int:
    by = Membership.objects.filter(company=mailing.company, user=mailing.made_by)
    sender, sent, note = by.select_related("user", "company").first(), 0, ""
    rows = mailing.letters.filter(state=LetterState.WAITING).select_related("membership__user", "invitation")
    try:
        with kept():
            letters.way_of(sender)
        while time.monotonic() < until and (some := list(rows[:AT_ONCE])):
            for letter in some:
                sent += _write(mailing, letter, sender)
                if time.monotonic() >= until or not _goes_on(mailing):
                    break
    except NotSent as refused:
        note = str(refused)
    _put_down(mailing, note)
    return sent


def _goes_on(mailing: Mailing) -> bool:
    """Keep it held while it goes on; False when somebody stopped it."""
    running = Mailing.objects.filter(pk=mailing.pk, state=MailingState.RUNNING)
    return bool(running.update(free_at=timezone.now() + HELD))


def _put_down(mailing: Mailing, note: str) -> None:
    now = timezone.now()
    running = Mailing.objects.filter(pk=mailing.pk, state=MailingState.RUNNING)
    if note:
        running.update(note=note, free_at=now + TRY_AGAIN_AFTER)
    elif mailing.letters.filter(state=LetterState.WAITING).exists():
        running.update(note="", free_at=None)
    else:
        running.update(note="", state=MailingState.DONE, ended_at=now)


def _write(mailing: Mailing, letter: Letter, by: Membership | None) -> int:
    """One letter; 0 when it is not needed any more. Raises NotSent."""
    with transaction.atomic(), translation.override(languages.of_address(letter.email, mailing.company)):
        text = _text_of(mailing, letter, by)
        letter.save(update_fields=["why", "invitation"])
    if text is None:
        return _end(letter, LetterState.NONE)
    if letters.by_operator(text):
        return _end(letter, LetterState.SENT)
    with transaction.atomic(), kept():
        letters.by_company(text, by)
        return _end(letter, LetterState.SENT)


def _end(letter: Letter, state: LetterState) -> int:
    letter.state, letter.sent_at = state, timezone.now() if state == LetterState.SENT else None
    letter.save(update_fields=["state", "sent_at"])
    return int(state == LetterState.SENT)


def _text_of(mailing: Mailing, letter: Letter, by: Membership | None) -> Text | None:
    """The letter; None for somebody who joined, left or connected meanwhile."""
    if not _is_needed(mailing, letter):
        return None
    if letter.membership_id:
        return _asking(mailing, letter)
    actor = Actor(by.user, by.user.email) if by else WORKER
    try:
        made, link = services.invite(mailing.company, letter.email, letter.role, actor, letter.name)
    except InputError:
        letter.why = Why.MEMBER
        return None
    letter.invitation = made
    return services.invitation_letter(made, link)


def _is_needed(mailing: Mailing, letter: Letter) -> bool:
    if mailing.kind == MailingKind.INVITE:
        return True
    if letter.membership is not None:
        return letter.membership.mail_state != MailState.WORKS or letter.why == Why.IDLE
    return letter.invitation is not None and letter.invitation.accepted_at is None


def _asking(mailing: Mailing, letter: Letter) -> Text:
    link = settings.PUBLIC_URL + reverse("asked", args=[mailing.company.code, letter.pk])
    context = {"company": mailing.company, "letter": letter, "link": link}
    subject = _("%(company)s: please connect your mailbox") % {"company": mailing.company.name}
    return Text(letter.email, subject, render_to_string("accounts/email/connect.txt", context))


def progress(mailing: Mailing) -> dict[str, int]:
    """How many letters wait, went out, and led to what they are for."""
    counts = mailing.letters.aggregate(
        waiting=Count("pk", filter=Q(state=LetterState.WAITING)),
        sent=Count("pk", filter=Q(state=LetterState.SENT)),
        none=Count("pk", filter=Q(state=LetterState.NONE)),
        did=Count("pk", filter=Q(state=LetterState.SENT) & did(mailing)),
    )
    return counts | {"all": counts["waiting"] + counts["sent"]}


def did(mailing: Mailing) -> Q:
    """Letters that led to what they are for: the invitation was accepted, the person's mail works."""
    accepted = Q(invitation__accepted_at__isnull=False)
    return (
        accepted
        if mailing.kind == MailingKind.INVITE
        else accepted | Q(membership__mail_state=MailState.WORKS)
    )
