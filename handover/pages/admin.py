"""Hand-over links of a company, for its admins: made, listed, revoked; values that came are taken over or not."""

from contextlib import suppress

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import ADMINS, company_page, in_company, recently_authenticated
from accounts.audit import Actor
from accounts.once import made_once
from core.crypto import DecryptionFailed
from core.errors import ConfigurationError
from core.keyset import stretch
from handover import brought, links, looking, mailing, proposals, ways
from handover.forms import LinkForm
from handover.models import Link, Proposal
from handover.proposals import HandedInAlready
from mailsettings import app_credentials, certificates
from mailsettings.certificates import Certificate
from mailsettings.clouds import cloud_choices
from mailsettings.models import Security


@require_safe
@company_page(*ADMINS)
def overview(request: HttpRequest) -> HttpResponse:
    rows = Link.objects.filter(company=request.company).select_related("made_by", "company")
    found = stretch(rows.prefetch_related("proposals"), request.GET)
    return render(request, "handover/links.html", {"found": found})


@require_http_methods(["GET", "POST"])
@company_page(*ADMINS)
@recently_authenticated
@made_once("hand-over")
def new(request: HttpRequest) -> HttpResponse:
    """The form; after it, in the same answer, the address, which is stored nowhere else than with the admin."""
    form = LinkForm(request.POST or None, company=request.company, way=request.GET.get("way", ""))
    if not (request.method == "POST" and form.is_valid()):
        context = {"form": form, "is_possible": bool(ways.of_company(request.company))}
        return render(request, "handover/new.html", context, status=422 if form.errors else 200)
    chosen = form.cleaned_data
    if form.wants_certificate:
        made = app_credentials.of_pair(certificates.make(request.company.code, timezone.now()))
        app_credentials.put(request.company, made, actor=Actor.of(request))
    link, address = links.make(
        request.company,
        ways.WAYS[chosen["way"]],
        chosen["made_for"],
        days=chosen["days"],
        takes_over=chosen["takes_over"],
        actor=Actor.of(request),
    )
    to = chosen["email"]
    was_mailed = bool(to) and mailing.mail(link, address, to, request.membership)
    return _made(request, link, address, to=to, was_mailed=was_mailed)


def _made(request: HttpRequest, link: Link, address: str, **more: object) -> HttpResponse:
    letter = mailing.letter(link, address)
    context = {"link": link, "address": address, "letter": letter, "letter_subject": mailing.subject(link)}
    return render(request, "handover/made.html", context | more)


@require_safe
@company_page(*ADMINS)
def link(request: HttpRequest, link_id: object) -> HttpResponse:
    found = _link_of(request, link_id)
    waiting = proposals.waiting(found)
    context = {
        "link": found,
        "checklist": looking.checklist(found),
        "waiting": waiting,
        "shown": _shown(waiting) if waiting else {},
        "thumbprint": Certificate(waiting.certificate).sha1 if waiting and waiting.certificate else "",
        "replaces": waiting is not None and proposals.replaces_another(waiting),
        "settled": found.proposals.exclude(state="waiting"),
    }
    return render(request, "handover/link.html", context)


def _shown(waiting: Proposal) -> dict[str, object]:
    """What was handed in, by the names that the forms have for it."""
    values = waiting.values
    return {
        "cloud": dict(cloud_choices()).get(values.get("cloud"), values.get("cloud")),
        "security": dict(Security.choices).get(values.get("security")),
        "ends_on": brought.end_of(values),
    }


@require_http_methods(["GET", "POST"])
@company_page(*ADMINS)
@recently_authenticated
@made_once("hand-over")
def renew(request: HttpRequest, link_id: object) -> HttpResponse:
    """A new address in place of one that was lost, or has ended; GET is where the password page leads back to."""
    found = _link_of(request, link_id)
    if request.method != "POST":
        return redirect("hand-over-link", request.company.code, found.pk)
    return _made(request, found, links.renew(found, actor=Actor.of(request)))


@require_POST
@company_page(*ADMINS)
def revoke(request: HttpRequest, link_id: object) -> HttpResponse:
    found = _link_of(request, link_id)
    proposals.revoke(found, Actor.of(request))
    messages.success(request, _("The link for %(whom)s is dead now.") % {"whom": found.made_for})
    return redirect("hand-over", request.company.code)


@require_http_methods(["GET", "POST"])
@company_page(*ADMINS)
@recently_authenticated
def take_over(request: HttpRequest, link_id: object) -> HttpResponse:
    """GET is where the password page leads back to."""
    found = _link_of(request, link_id)
    if request.method == "POST" and (waiting := _seen(request, found)) is not None:
        try:
            refusal = proposals.take_over(waiting, Actor.of(request))
        except (HandedInAlready, DecryptionFailed, ConfigurationError):
            messages.error(request, _("These values cannot be used any more. Ask for them once more."))
        else:
            if refusal is None:
                messages.success(
                    request, _("The values are in use now. Send a test to see that mail leaves.")
                )
            else:
                text = _("Nothing was changed. When they were tried again: %(why)s.")
                messages.error(request, text % {"why": refusal.why.title})
    return redirect("hand-over-link", request.company.code, found.pk)


@require_POST
@company_page(*ADMINS)
def decline(request: HttpRequest, link_id: object) -> HttpResponse:
    found = _link_of(request, link_id)
    if (waiting := _seen(request, found)) is not None:
        with suppress(HandedInAlready):  # a colleague was faster; the page shows what he did
            proposals.decline(waiting, Actor.of(request))
            messages.success(request, _("The values are forgotten. The link takes others."))
    return redirect("hand-over-link", request.company.code, found.pk)


@require_POST
@company_page(*ADMINS)
def reopen(request: HttpRequest, link_id: object) -> HttpResponse:
    found = _link_of(request, link_id)
    if found.handed_at is not None and proposals.waiting(found) is None:
        proposals.reopen(found, Actor.of(request))
        messages.success(request, _("Values can be handed in by this link once more."))
    return redirect("hand-over-link", request.company.code, found.pk)


def _seen(request: HttpRequest, link: Link) -> Proposal | None:
    """The values that wait, where they are those that the page showed: others may have come meanwhile."""
    waiting = proposals.waiting(link)
    if waiting is not None and str(waiting.pk) != request.POST.get("proposal"):
        messages.error(request, _("Nothing was changed: other values came meanwhile. Look at them first."))
        return None
    return waiting


def _link_of(request: HttpRequest, link_id: object) -> Link:
    return in_company(Link.objects.select_related("company", "made_by"), request.company, pk=link_id)
