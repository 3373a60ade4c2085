"""Writing to many people: the list to invite, the dry run, the letters on their way, and the link in a letter."""

from collections.abc import Iterator

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import letters, mailings
from accounts.access import ADMINS, company_page, in_company
from accounts.audit import Actor
from accounts.forms import InviteManyForm
from accounts.letters import NotSent
from accounts.models import Letter, LetterState, Mailing, MailingKind, MailingState, Membership, Why
from core import spreadsheet
from core.sentences import said

SHOWN = 100  # lines of each sort; the file holds all of them


@require_http_methods(["GET", "POST"])
@company_page(*ADMINS)
def invite_many(request: HttpRequest) -> HttpResponse:
    """The form; what was read from it is shown as a dry run on the page of its own."""
    form = InviteManyForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "POST" and form.is_valid():
        role = form.cleaned_data["role"]
        made = mailings.plan_invitations(request.company, form.lines, role, Actor.of(request))
        return redirect("mailing", request.company.code, made.pk)
    return render(request, "accounts/invite_many.html", {"form": form})


@require_safe
@company_page(*ADMINS)
def mailing(request: HttpRequest, mailing_id: object) -> HttpResponse:
    return render(request, "accounts/mailing.html", _shown(request, _mailing(request, mailing_id)))


@require_safe
@company_page(*ADMINS)
def mailing_status(request: HttpRequest, mailing_id: object) -> HttpResponse:
    """The moving part of the page; asked for again while letters go out."""
    return render(request, "accounts/_mailing_status.html", _shown(request, _mailing(request, mailing_id)))


@require_POST
@company_page(*ADMINS)
def mailing_start(request: HttpRequest, mailing_id: object) -> HttpResponse:
    found = _mailing(request, mailing_id)
    if not mailings.start(found, Actor.of(request)):
        messages.info(request, _("Nothing was started: it was done already, or there is nobody to write to."))
    return redirect("mailing", request.company.code, found.pk)


@require_POST
@company_page(*ADMINS)
def mailing_stop(request: HttpRequest, mailing_id: object) -> HttpResponse:
    """No further letters; a dry run is thrown away."""
    found = _mailing(request, mailing_id)
    if found.state == MailingState.DRAFT:
        found.delete()
        messages.info(request, _("Thrown away: nobody was written to."))
        return redirect("people", request.company.code)
    if mailings.stop(found, Actor.of(request)):
        messages.success(request, _("Stopped. Letters that went out stay out."))
    return redirect("mailing", request.company.code, found.pk)


@require_safe
@company_page(*ADMINS)
def mailing_file(request: HttpRequest, mailing_id: object) -> StreamingHttpResponse:
    """Every line with what became of it."""
    found = _mailing(request, mailing_id)
    head = (
        _("Line"),
        _("E-mail address"),
        pgettext("of a person", "Name"),
        _("Role"),
        _("Why"),
        _("What is wrong"),
        _("Letter"),
    )
    return spreadsheet.download(f"letters-{request.company.code}", head, _rows(found))


def _rows(found: Mailing) -> Iterator[tuple[object, ...]]:
    for one in found.letters.iterator(chunk_size=500):
        yield (
            one.number,
            one.email,
            one.name,
            one.get_role_display(),
            one.get_why_display(),
            said(one.note),
            one.get_state_display(),
        )


@require_safe
@company_page()
def asked(request: HttpRequest, letter_id: object) -> HttpResponse:
    """The link in a letter: to the profile of whom it was written to, who has signed in himself."""
    letter = _letter(request, letter_id)
    if letter.membership_id != request.membership.pk:
        return render(request, "accounts/asked_other.html", {"letter": letter})
    Letter.objects.filter(pk=letter.pk, opened_at=None).update(opened_at=timezone.now())
    return redirect("profile", request.company.code)


def _letter(request: HttpRequest, letter_id: object) -> Letter:
    rows = Letter.objects.filter(mailing__company=request.company, membership__isnull=False)
    letter = rows.filter(pk=letter_id).first()
    if letter is None:
        raise Http404("No such letter.")
    return letter


def _mailing(request: HttpRequest, mailing_id: object) -> Mailing:
    return in_company(Mailing.objects.select_related("company", "made_by"), request.company, pk=mailing_id)


def _shown(request: HttpRequest, found: Mailing) -> dict[str, object]:
    wrong_first = sorted(Why.values, key=lambda why: why != Why.INVALID)
    by_why = {why: found.letters.filter(why=why) for why in wrong_first}
    groups = [(Why(why).label, why, rows.count(), list(rows[:SHOWN])) for why, rows in by_why.items()]
    return {
        "mailing": found,
        "progress": mailings.progress(found),
        "groups": [group for group in groups if group[2]],
        "is_draft": found.state == MailingState.DRAFT,
        "is_moving": found.state == MailingState.RUNNING,
        "is_invitations": found.kind == MailingKind.INVITE,
        "missing": _missing(found) if found.state != MailingState.DRAFT else [],
        **_way(request.membership),
    }


def _missing(found: Mailing) -> list[Letter]:
    """Who got a letter and has not done what it asks for."""
    rows = found.letters.filter(state=LetterState.SENT).exclude(mailings.did(found))
    return list(rows.select_related("membership__user")[:SHOWN])


def _way(viewer: Membership) -> dict[str, str]:
    """How the letters would leave; or why they cannot."""
    try:
        return {"way": letters.way_of(viewer)}
    except NotSent as refused:
        return {"no_way": str(refused)}
