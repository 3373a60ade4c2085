"""Deleting a stored secret, after a page that says what stops working."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.access import company_page, in_company, recently_authenticated
from accounts.audit import Actor
from accounts.models import Membership
from mailsettings import credentials, effects
from mailsettings.models import APP_KINDS, Credential, CredentialKind

WHAT_STOPS = {
    CredentialKind.CLIENT_SECRET: gettext_lazy(
        "Nobody in the company can connect to Microsoft or send through it until a new secret is stored. "
        "People stay connected and need not do anything then."
    ),
    CredentialKind.CLIENT_CERTIFICATE: gettext_lazy(
        "Nobody in the company can connect to Microsoft or send through it until a new certificate or secret "
        "is stored. People stay connected and need not do anything then."
    ),
    CredentialKind.GOOGLE_CLIENT_SECRET: gettext_lazy(
        "Nobody in the company can connect to Google or send through it until a new secret is stored. "
        "People stay connected and need not do anything then."
    ),
    CredentialKind.SMTP_PASSWORD: gettext_lazy(
        "Mail that leaves as the company through its mail server stops until a new password is stored."
    ),
    CredentialKind.USER_PASSWORD: gettext_lazy(
        "Mail stops leaving with this e-mail password; the next way that works is used instead, if there is one."
    ),
    CredentialKind.GMAIL_APP_PASSWORD: gettext_lazy(
        "Mail stops leaving through Gmail; the next way that works is used instead, if there is one. "
        "The app password stays valid at Google until it is removed there, too."
    ),
}

NOTHING_STOPS = gettext_lazy("It is not in use yet: nothing stops, and the one in use stays.")


@require_http_methods(["GET", "POST"])
@company_page()
@recently_authenticated
def delete(request: HttpRequest, credential_id: object) -> HttpResponse:
    credential = _credential_for(request.membership, credential_id)
    back = _page_of(credential, request.membership)
    if request.method == "GET":
        context = {
            "credential": credential,
            "what_stops": NOTHING_STOPS
            if credential.is_next
            else WHAT_STOPS[CredentialKind(credential.kind)],
            "people_concerned": effects.of_credential(credential),
            "back_url": resolve_url(*back),
        }
        return render(request, "mailsettings/credential_delete.html", context)
    credentials.remove(credential, Actor.of(request))
    messages.success(request, _("Deleted: %(what)s.") % {"what": credential.get_kind_display()})
    return redirect(*back)


def _credential_for(viewer: Membership, credential_id: object) -> Credential:
    """One's own, or for admins any of the company; Http404 for everybody else."""
    rows = Credential.objects.select_related("company", "membership__user")
    credential = in_company(rows, viewer.company, pk=credential_id)
    if not viewer.is_admin and credential.membership != viewer:
        raise Http404("No such secret.")
    return credential


def _page_of(credential: Credential, viewer: Membership) -> tuple[object, ...]:
    """The page that shows this secret: URL name and arguments."""
    code = credential.company.code
    if credential.membership is None:
        if credential.kind in APP_KINDS:
            return ("settings-office365", code)
        is_google = credential.kind == CredentialKind.GOOGLE_CLIENT_SECRET
        return ("settings-google" if is_google else "settings-smtp", code)
    if credential.membership == viewer:
        return ("profile", code)
    return ("person", code, credential.membership.pk)
