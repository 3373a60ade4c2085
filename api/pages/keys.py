"""The company's API keys, for its admins: listed, made with the secret shown once, revoked."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import ADMINS, company_page, in_company, recently_authenticated
from accounts.audit import Actor
from accounts.once import made_once
from api import keys
from api.forms import KeyForm
from api.models import ApiKey
from core.keyset import stretch


@require_safe
@company_page(*ADMINS)
def overview(request: HttpRequest) -> HttpResponse:
    rows = (
        ApiKey.objects.filter(company=request.company)
        .select_related("company")
        .prefetch_related("people__user")
    )
    return render(request, "api/keys.html", {"found": stretch(rows, request.GET)})


@require_http_methods(["GET", "POST"])
@company_page(*ADMINS)
@recently_authenticated
@made_once("api-keys")
def new(request: HttpRequest) -> HttpResponse:
    """The form; the answer to it shows the secret, which is stored nowhere."""
    form = KeyForm(request.POST or None, company=request.company)
    if not (request.method == "POST" and form.is_valid()):
        return render(request, "api/key_new.html", {"form": form}, status=422 if form.errors else 200)
    chosen = form.cleaned_data
    key, secret = keys.make(
        request.company,
        chosen["name"],
        chosen["scopes"],
        people=chosen["people"],
        ends_on=chosen["ends_on"],
        actor=Actor.of(request),
    )
    return render(request, "api/key_made.html", {"key": key, "secret": secret})


@require_POST
@company_page(*ADMINS)
def revoke(request: HttpRequest, key_id: object) -> HttpResponse:
    """Takes nothing but a click: a key that leaked must be dead at once."""
    key = in_company(ApiKey.objects.select_related("company"), request.company, pk=key_id)
    if keys.revoke(key, Actor.of(request)):
        messages.success(request, _("The key %(name)s is dead now.") % {"name": key.name})
    return redirect("api-keys", request.company.code)
