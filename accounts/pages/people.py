"""The people of a company: the list, one person, his role, his leaving."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts import listing, services
from accounts.access import ADMINS, STAFF, company_page, in_company, person_for
from accounts.audit import Actor
from accounts.forms import RoleForm
from accounts.listing import Wanted
from accounts.models import Company, Invitation, Mailing, MailingState, MailState, Membership
from core.errors import InputError

INVITATIONS_SHOWN = 20
MAILINGS_SHOWN = 3


@company_page(*STAFF)
def people(request: HttpRequest) -> HttpResponse:
    """Everybody, found by a part of the name or address and by state; for admins the open invitations too."""
    wanted = Wanted.asked(request.GET)
    place = {name: request.GET.get(name, "") for name in ("after", "before")}
    filters = {"q": wanted.words, "state": wanted.state, "method": wanted.method}
    open_ones = _open_invitations(request.membership, wanted)
    invitations = list(open_ones[: INVITATIONS_SHOWN + 1])
    are_more = len(invitations) > INVITATIONS_SHOWN
    context = {
        "part": listing.part(request.company, wanted, **place),
        "wanted": wanted,
        "tabs": (tabs := _tabs(request.company)),
        "is_behind": request.company.states_stale_since and tabs[0][2] > listing.LOOKED_AT_AT_ONCE,
        "filters": urlencode({name: value for name, value in filters.items() if value}),
        "invitations": invitations[:INVITATIONS_SHOWN],
        "mailings": _mailings(request.membership),
        "more_invitations": open_ones.count() - INVITATIONS_SHOWN if are_more else 0,
    }
    return render(request, "accounts/people.html", context)


def _mailings(viewer: Membership) -> QuerySet[Mailing]:
    """The last that were started; their pages say who did what they were asked for."""
    rows = Mailing.objects.filter(company=viewer.company).exclude(state=MailingState.DRAFT).order_by("-pk")
    return rows[:MAILINGS_SHOWN] if viewer.is_admin else Mailing.objects.none()


def _tabs(company: Company) -> list[tuple[str, str | Promise, int]]:
    """State, label and number of people of each filter above the list."""
    numbers = listing.counts(company)
    labels = {"": _("Everybody"), **dict(MailState.choices)}
    return [(state, labels[state], number) for state, number in numbers.items()]


def _open_invitations(viewer: Membership, wanted: Wanted) -> QuerySet[Invitation]:
    """Also the expired ones: somebody waits for them to be renewed. Nobody invited has a state yet."""
    if not viewer.is_admin or wanted.state:
        return Invitation.objects.none()
    rows = viewer.company.invitations.filter(accepted_at=None).select_related("invited_by")
    return rows.filter(email__contains=wanted.words.casefold()) if wanted.words else rows


@company_page(*STAFF)
def person(request: HttpRequest, membership_id: object) -> HttpResponse:
    """One person: who he is and how his mail leaves."""
    found = person_for(request.membership, membership_id)
    return render(request, "accounts/person.html", {"person": found})


@company_page(*ADMINS)
def role(request: HttpRequest, membership_id: object) -> HttpResponse:
    """Change somebody's role."""
    found = person_for(request.membership, membership_id)
    form = RoleForm(request.POST or None, initial={"role": found.role})
    if request.method == "POST" and form.is_valid():
        try:
            services.change_role(found, form.cleaned_data["role"], Actor.of(request))
        except InputError as error:
            form.add_error(error.field, error.message)
        else:
            text = _("%(person)s now has the role “%(role)s”.")
            messages.success(request, text % {"person": found.user, "role": found.get_role_display()})
            return _to_person_or_home(request, found)
    return render(request, "accounts/role.html", {"person": found, "form": form})


def _to_person_or_home(request: HttpRequest, changed: Membership) -> HttpResponse:
    """An admin who took the role from himself cannot open the page he came from."""
    if changed.pk == request.membership.pk and not changed.is_staff_of_company:
        return redirect("overview", request.company.code)
    return redirect("person", request.company.code, changed.pk)


@company_page(*ADMINS)
def remove(request: HttpRequest, membership_id: object) -> HttpResponse:
    """Ask, listing what goes with the person; then take him out of the company."""
    found = person_for(request.membership, membership_id)
    error = ""
    if request.method == "POST":
        try:
            services.remove_member(found, Actor.of(request))
        except InputError as refusal:
            error = refusal.message
        else:
            text = _("%(person)s is no longer a member of %(company)s.")
            messages.success(request, text % {"person": found.user, "company": request.company})
            is_self = found.user_id == request.user.pk
            return redirect("home") if is_self else redirect("people", request.company.code)
    elif services.is_last_admin(found):
        error = _("This is the company's last admin. Make somebody else an admin first.")
    return render(request, "accounts/remove.html", {"person": found, "error": error})


@company_page(*ADMINS)
def revoke(request: HttpRequest, invitation_id: object) -> HttpResponse:
    """Take an invitation back (POST)."""
    invitation = in_company(Invitation.objects.filter(accepted_at=None), request.company, pk=invitation_id)
    if request.method == "POST":
        services.revoke(invitation, Actor.of(request))
        text = _("The invitation of %(email)s no longer works.")
        messages.success(request, text % {"email": invitation.email})
    return redirect("people", request.company.code)
