"""A new secret or certificate for the company's app registration, and the public part to upload at Microsoft."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import ADMINS, company_page, in_company, recently_authenticated
from accounts.audit import Actor
from mailsettings import app_credentials, catalog, certificates
from mailsettings.app_credentials import NewCredential
from mailsettings.forms.app_credential import CertificateForm, NewSecretForm
from mailsettings.models import Credential, CredentialKind
from mailsettings.pages.saving import allows_any, kept, not_allowed, typed


@require_http_methods(["GET", "POST"])
@company_page(*ADMINS)
@recently_authenticated
def new(request: HttpRequest) -> HttpResponse:
    """Three forms, told apart by `way`: secret, upload, make."""
    if not allows_any(request, *catalog.OF_THE_APP):
        return not_allowed(request)
    way = request.POST.get("way", "")
    secret = NewSecretForm(typed(request, NewSecretForm) if way == "secret" else None)
    upload = CertificateForm(*([request.POST, request.FILES] if way == "upload" else []))
    brought = _brought(request, way, secret, upload)
    if brought is None:
        context = {
            "secret_form": secret,
            "upload_form": upload,
            "form": upload if way == "upload" else secret,
            "stored": app_credentials.current(request.company),
        }
        return render(request, "mailsettings/app_credential.html", context | kept(request, secret))
    stored = app_credentials.put(request.company, brought, actor=Actor.of(request))
    messages.success(request, _sentence(stored))
    return redirect("settings-office365", request.company.code)


def _brought(request: HttpRequest, way: str, secret: forms.Form, upload: forms.Form) -> NewCredential | None:
    """What was made or typed; None when there is nothing to store, or something wrong in it."""
    if way == "make":
        return app_credentials.of_pair(certificates.make(request.company.code, timezone.now()))
    form = {"secret": secret, "upload": upload}.get(way)
    return form.new if form is not None and form.is_valid() else None


def _sentence(stored: Credential) -> str:
    if stored.is_next and stored.is_certificate:
        return _(
            "The new certificate is stored beside the one in use. Upload its public part at Microsoft, "
            "then press Try the new one."
        )
    if stored.is_next:
        return _("The new secret is stored beside the one in use. Press Try the new one.")
    if stored.is_certificate:
        return _("The certificate is stored. Upload its public part at Microsoft before people connect.")
    return _("The client secret is stored.")


@require_safe
@company_page(*ADMINS)
def certificate_der(request: HttpRequest, credential_id: object) -> HttpResponse:
    """The .cer file that Entra takes under Certificates & secrets."""
    public = _certificate(request, credential_id)
    return _file(public.der, "application/pkix-cert", f"{request.company.code}.cer")


@require_safe
@company_page(*ADMINS)
def certificate_pem(request: HttpRequest, credential_id: object) -> HttpResponse:
    public = _certificate(request, credential_id)
    return _file(public.pem.encode(), "application/x-pem-file", f"{request.company.code}.pem")


def _certificate(request: HttpRequest, credential_id: object) -> certificates.Certificate:
    rows = Credential.objects.defer("ciphertext").filter(kind=CredentialKind.CLIENT_CERTIFICATE)
    credential = in_company(rows, request.company, pk=credential_id)
    if not credential.certificate:
        raise Http404("No certificate.")
    return credential.public


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=content_type, headers=headers)
