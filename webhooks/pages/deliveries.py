"""One webhook: what was posted lately and what was answered; a test, and what failed once more."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.access import ADMINS, company_page
from accounts.audit import Actor
from core.keyset import filter_of, stretch
from core.sentences import said
from webhooks import services
from webhooks.forms import SinceForm
from webhooks.models import Delivery, DeliveryState
from webhooks.pages.endpoints import endpoint_of

ROWS = 30


@require_safe
@company_page(*ADMINS)
def page(request: HttpRequest, endpoint_id: object) -> HttpResponse:
    endpoint = endpoint_of(request.company, endpoint_id)
    rows = Delivery.objects.filter(endpoint=endpoint).select_related("event")
    state = request.GET.get("state", "")
    state = state if state in DeliveryState else ""
    found = stretch(rows.filter(state=state) if state else rows, request.GET, ROWS)
    context = {
        "endpoint": endpoint,
        "found": found,
        "state": state,
        "states": DeliveryState.choices,
        "filter": filter_of(request.GET),
        "has_any": bool(found.rows) or rows.exists(),
        "since": SinceForm(auto_id="since-%s"),
    }
    return render(request, "webhooks/webhook.html", context)


@require_POST
@company_page(*ADMINS)
def send_test(request: HttpRequest, endpoint_id: object) -> HttpResponse:
    endpoint = endpoint_of(request.company, endpoint_id)
    if not services.may_test(request.company):
        messages.error(request, _("Those were many tests in a short time. Wait ten minutes."))
        return redirect("webhook-page", request.company.code, endpoint.pk)
    answer = services.test(endpoint, Actor.of(request))
    if answer.is_ok:
        messages.success(request, _("The receiver took the test."))
    else:
        why = f"HTTP {answer.status} {answer.reply}".strip() if answer.status else said(answer.reply)
        messages.error(request, _("The test was not taken: %(why)s") % {"why": why})
    return redirect("webhook-page", request.company.code, endpoint.pk)


@require_POST
@company_page(*ADMINS)
def send_again(request: HttpRequest, endpoint_id: object, delivery_id: object) -> HttpResponse:
    endpoint = endpoint_of(request.company, endpoint_id)
    delivery = get_object_or_404(
        Delivery.objects.select_related("endpoint"), endpoint=endpoint, pk=delivery_id
    )
    return _told(request, endpoint, int(services.send_again(delivery, Actor.of(request))))


@require_POST
@company_page(*ADMINS)
def send_failed_again(request: HttpRequest, endpoint_id: object) -> HttpResponse:
    endpoint = endpoint_of(request.company, endpoint_id)
    form = SinceForm(request.POST)
    hours = form.cleaned_data["hours"] if form.is_valid() else form["hours"].initial
    since = timezone.now() - timedelta(hours=hours)
    return _told(request, endpoint, services.send_failed_again(endpoint, since, Actor.of(request)))


def _told(request: HttpRequest, endpoint: object, count: int) -> HttpResponse:
    if count:
        sentence = ngettext("%(n)s event is posted again.", "%(n)s events are posted again.", count)
        messages.success(request, sentence % {"n": count})
    else:
        messages.info(request, _("Nothing is posted again: nothing failed, or the webhook is switched off."))
    return redirect("webhook-page", request.company.code, endpoint.pk)
