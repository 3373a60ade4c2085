"""The company's web hook for alarms: its address, its signing secret (shown once), a test."""

from uuid import uuid4

from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import ADMINS, company_page, recently_authenticated
from accounts.audit import Actor
from accounts.models import Company
from alarms import hook as channel
from alarms import services
from alarms.forms import HookForm
from alarms.models import WebHook

MOST_TESTS, WITHIN_S = 10, 10 * 60


@require_http_methods(["GET", "POST"])
@company_page(*ADMINS)
@recently_authenticated
def hook(request: HttpRequest) -> HttpResponse:
    """Saving makes a new secret; it stands on the answer to the form, and on no page after it."""
    row = WebHook.objects.filter(company=request.company).first()
    form = HookForm(request.POST or None, initial={"url": row.url if row else ""})
    context = {"form": form, "hook": row}
    if request.method == "POST" and form.is_valid():
        url = form.cleaned_data["url"]
        context["secret"] = services.set_hook(request.company, url, Actor.of(request))
        context["hook"] = _hook_of(request.company)
    return render(request, "alarms/hook.html", context)


@require_POST
@company_page(*ADMINS)
def test(request: HttpRequest) -> HttpResponse:
    row = _hook_of(request.company)
    if _too_many(request.company):
        messages.error(request, _("Those were many tests in a short time. Wait ten minutes."))
        return redirect("alarms-hook", request.company.code)
    try:
        channel.test(row, str(uuid4()))
    except channel.NotTold as error:
        messages.error(request, _("The test was not taken: %(why)s") % {"why": error})
    else:
        messages.success(request, _("The receiver took the test."))
    return redirect("alarms-hook", request.company.code)


@require_POST
@company_page(*ADMINS)
@recently_authenticated
def remove(request: HttpRequest) -> HttpResponse:
    services.remove_hook(_hook_of(request.company), Actor.of(request))
    messages.success(request, _("Alarms are no longer posted anywhere."))
    return redirect("alarms", request.company.code)


def _too_many(company: Company) -> bool:
    """The receiver may be somebody else's, who never asked for it."""
    key = f"hook-test:{company.pk}"
    cache.add(key, 0, WITHIN_S)
    try:
        return cache.incr(key) > MOST_TESTS
    except ValueError:  # it ended between the two lines
        return False


def _hook_of(company: Company) -> WebHook:
    row = WebHook.objects.filter(company=company).first()
    if row is None:
        raise Http404("No web hook.")
    return row
