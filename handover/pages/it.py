"""The page behind a link, for somebody without an account here: what to do, how far it is, and a form to hand back.

The address is the key, so nothing is taken from cookies: a forged request would have to know the address, and then it
could be made directly. That is why these pages need no CSRF token, which a page without a referrer cannot send either.
A GET changes nothing: mail scanners follow links.
"""

from collections.abc import Callable
from functools import wraps

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts import languages
from accounts.audit import Actor
from core.crypto import DecryptionFailed
from core.errors import ConfigurationError
from handover import limits, links, looking, proposals
from handover.asking import Refusal
from handover.forms import FORMS, own_certificate
from handover.models import Link
from handover.ways import Brings
from mailsettings.models import Credential
from oauth import approval
from oauth.approval import Approval
from oauth.registration import SettingsIncomplete, short_name, wanted

_PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
MOST_BYTES = 256 * 1024  # of a form with a certificate
View = Callable[..., HttpResponse]


def _by_link(view: View) -> View:
    """Finds the link; one that is unknown, revoked or has ended gets the same page. Says nothing to caches."""

    @csrf_exempt
    @sensitive_post_parameters()
    @wraps(view)
    def inner(request: HttpRequest, token: str) -> HttpResponse:
        ip_address = request.META.get("REMOTE_ADDR", "")
        if limits.too_many_misses(ip_address):
            response = render(request, "handover/too_many.html", status=429)
        elif (link := links.find(token)) is None:
            limits.missed(ip_address)
            response = render(request, "handover/closed.html", status=404)
        else:
            languages.speak(request, link.company)
            response = view(request, link, token)
        for name, value in _PRIVATE.items():
            response[name] = value
        return response

    return inner


@_by_link
@require_safe
def page(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    return _shown(request, link, token)


@_by_link
@require_POST
def opened(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    """Sent by the page itself, so that the admin sees that somebody has it."""
    links.opened(link)
    return HttpResponse(status=204)


@_by_link
@require_safe
def certificate(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    """The public part of the company's certificate: the .cer file that Entra takes under Certificates & secrets."""
    own = _certificate(link)
    if own is None:
        return redirect("handover", token)
    name = f'attachment; filename="{link.company.code}.cer"'
    return HttpResponse(own.public.der, "application/pkix-cert", headers={"Content-Disposition": name})


@_by_link
@require_POST
def look(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    links.opened(link)
    if limits.too_many_looks(link):
        text = _("That was many looks in a short time. Wait ten minutes before the next one.")
        return _shown(request, link, token, warning=text, status=429)
    links.note(link, _actor(request, link), "handover.looked")
    looking.look(link)
    return HttpResponseRedirect(reverse("handover", args=[token]) + "#look")


@_by_link
@require_POST
def hand_in(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    if link.kind.brings == Brings.NOTHING or link.handed_at is not None:
        return redirect("handover", token)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        text = _("Nothing was stored: what was sent is far too large for these values.")
        return _shown(request, link, token, warning=text, status=413)
    form = _form(link, request.POST, request.FILES)
    if form.is_valid() and limits.too_many_tries(link):
        form.add_error(None, _("That was many tries in a short time. Wait ten minutes before the next one."))
    if form.is_valid():
        try:
            refusal = proposals.hand_in(link, form.brought, _actor(request, link))
        except proposals.HandedInAlready:
            return redirect("handover", token)
        except (ConfigurationError, DecryptionFailed):
            form.add_error(None, _("The portal itself is not set up for this. Tell who sent you the link."))
        else:
            if refusal is None:
                return redirect("handover", token)
            _tell(form, refusal)
    return _shown(request, link, token, form=form, status=422)


def _tell(form: forms.Form, refusal: Refusal) -> None:
    """The sentence at the field that it is about. Nothing was stored."""
    why = refusal.why
    if refusal.passes:
        text = _("%(what)s. Nothing was stored: try again in a minute.") % {"what": why.title}
        form.add_error(None, text)
        return
    field = refusal.field if refusal.field in form.fields else None
    form.add_error(field, refusal.sentence)


def _form(link: Link, data: object = None, files: object = None) -> forms.Form | None:
    form = FORMS.get(link.kind.brings)
    return form(data, files, link=link) if form else None


def _shown(
    request: HttpRequest,
    link: Link,
    token: str,
    *,
    form: forms.Form | None = None,
    warning: str = "",
    status: int = 200,
) -> HttpResponse:
    checklist = looking.checklist(link)
    context = {
        "link": link,
        "way": link.kind,
        "token": token,
        "company": link.company,
        "checklist": checklist,
        "done": [seen.proof.slug for seen in checklist if seen.state == looking.State.DONE],
        "form": form or (None if link.handed_at else _form(link)),
        "waiting": proposals.waiting(link),
        "warning": warning,
        "permissions": _permissions(link),
        "approvals": _approvals(link),
        "certificate": _certificate(link),
        "portal_url": settings.PUBLIC_URL,
    }
    return render(request, "handover/page.html", context, status=status)


def _certificate(link: Link) -> Credential | None:
    return own_certificate(link.company) if link.kind.brings == Brings.MICROSOFT else None


def _approvals(link: Link) -> list[Approval]:
    """What can be approved at Microsoft by a button here, once the app's ids are known."""
    if link.way == "consent":
        return approval.of_company(link.company)
    if link.way != "connect":
        return []
    try:
        return [approval.of_people(looking.registration_now(link))]
    except (SettingsIncomplete, ConfigurationError, DecryptionFailed):
        return []


def _permissions(link: Link) -> list[tuple[str, object]]:
    """Name and meaning of what people will be asked to allow."""
    if link.way != "connect":
        return []
    names = [short_name(scope) for scope in wanted(link.company)]
    return [(name, approval.MEANINGS.get(name, name)) for name in names]


def _actor(request: HttpRequest, link: Link) -> Actor:
    return links.who(link, request.META.get("REMOTE_ADDR") or None)
