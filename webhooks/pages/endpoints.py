"""The company's webhooks, for its admins: listed, made with the secret shown once, changed, switched, removed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import overtaken
from accounts.access import ADMINS, company_page, in_company, recently_authenticated
from accounts.audit import Actor
from accounts.models import Company
from accounts.once import made_once
from core.errors import InputError
from webhooks import services
from webhooks.forms import WebhookForm
from webhooks.models import Endpoint


def endpoint_of(company: Company, endpoint_id: object) -> Endpoint:
    """Raises Http404."""
    return in_company(services.of(company), company, pk=endpoint_id)


@require_safe
@company_page(*ADMINS)
def overview(request: HttpRequest) -> HttpResponse:
    """All of them: there are few."""
    rows = services.of(request.company).defer("ciphertext")
    return render(request, "webhooks/webhooks.html", {"endpoints": rows, "most": services.MOST})


@require_http_methods(["GET", "POST"])
@company_page(*ADMINS)
@recently_authenticated
@made_once("webhooks")
def new(request: HttpRequest) -> HttpResponse:
    """The form; the answer to it shows the secret, and no page after it does."""
    form = WebhookForm(request.POST or None)
    if not (request.method == "POST" and form.is_valid()):
        return render(request, "webhooks/form.html", {"form": form}, status=422 if form.errors else 200)
    chosen = form.cleaned_data
    try:
        endpoint, secret = services.add(request.company, chosen["url"], chosen["events"], Actor.of(request))
    except InputError as error:
        messages.error(request, error.message)
        return redirect("webhooks", request.company.code)
    return render(request, "webhooks/secret.html", {"endpoint": endpoint, "secret": secret})


@require_http_methods(["GET", "POST"])
@company_page(*ADMINS)
@recently_authenticated
def edit(request: HttpRequest, endpoint_id: object) -> HttpResponse:
    endpoint = endpoint_of(request.company, endpoint_id)
    form = WebhookForm(request.POST or None, endpoint=endpoint)
    if overtaken.save(request, form, lambda: _change(form, Actor.of(request))):
        messages.success(request, _("Saved."))
        return redirect("webhook-page", request.company.code, endpoint.pk)
    context = {"form": form, "endpoint": endpoint}
    return render(request, "webhooks/form.html", context, status=422 if form.errors else 200)


def _change(form: WebhookForm, actor: Actor) -> bool:
    services.change(form.endpoint, form.cleaned_data["url"], form.cleaned_data["events"], actor)
    return True


@require_http_methods(["GET", "POST"])
@company_page(*ADMINS)
@recently_authenticated
@made_once("webhooks")
def new_secret(request: HttpRequest, endpoint_id: object) -> HttpResponse:
    """Asked once more; the answer shows the secret."""
    endpoint = endpoint_of(request.company, endpoint_id)
    if request.method == "GET":
        return render(request, "webhooks/new_secret.html", {"endpoint": endpoint})
    secret = services.rotate(endpoint, Actor.of(request))
    return render(
        request, "webhooks/secret.html", {"endpoint": endpoint, "secret": secret, "is_change": True}
    )


@require_POST
@company_page(*ADMINS)
def switch(request: HttpRequest, endpoint_id: object) -> HttpResponse:
    endpoint = endpoint_of(request.company, endpoint_id)
    if request.POST.get("to") == "on":
        services.switch_on(endpoint, Actor.of(request))
        messages.success(request, _("Events are posted there again."))
    else:
        services.switch_off(endpoint, Actor.of(request))
        messages.success(request, _("Nothing is posted there any more."))
    return redirect("webhook-page", request.company.code, endpoint.pk)


@require_http_methods(["GET", "POST"])
@company_page(*ADMINS)
@recently_authenticated
def remove(request: HttpRequest, endpoint_id: object) -> HttpResponse:
    endpoint = endpoint_of(request.company, endpoint_id)
    if request.method == "GET":
        return render(request, "webhooks/remove.html", {"endpoint": endpoint})
    services.remove(endpoint, Actor.of(request))
    messages.success(request, _("The webhook is removed."))
    return redirect("webhooks", request.company.code)
