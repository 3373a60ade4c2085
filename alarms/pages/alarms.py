"""The alarms of a company: what is open, whom it was told to, what is over."""

from django.contrib import messages
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import overtaken
from accounts.access import STAFF, company_page
from accounts.audit import Actor
from accounts.letters import sends_real_mail
from accounts.models import Role
from alarms import services, telling
from alarms.forms import QueueForm
from alarms.models import Alarm, Outcome, Telling
from core.keyset import stretch
from webhooks import services as webhooks
from webhooks.kinds import EventKind

OVER_A_PAGE = 30
MOST_OPEN = 100  # the worst; thousands are alike, as after a secret has ended


@require_http_methods(["GET", "POST"])
@company_page(*STAFF)
def overview(request: HttpRequest) -> HttpResponse:
    """The worst of the open ones; those that are over by pages, the newest first; an admin's settings."""
    company = request.company
    form = None
    if request.membership.is_admin:
        form = QueueForm(request.POST or None, company=company)
        if overtaken.save(request, form, lambda: _set(form, Actor.of(request))):
            messages.success(request, _("Saved."))
            return redirect("alarms", company.code)
    rows = of_company(company)
    open_now = rows.filter(closed_at=None).order_by("severity", "-id")
    shown = list(open_now[:MOST_OPEN])
    context = {
        "form": form,
        "open": shown,
        "more_open": open_now.count() - len(shown) if len(shown) == MOST_OPEN else 0,
        "over": stretch(rows.exclude(closed_at=None), request.GET, OVER_A_PAGE),
        "is_later_page": "before" in request.GET,
        "is_mailed": sends_real_mail(),
        "listeners": telling.listeners(company).filter(role=Role.ADMIN),
        "hooks": [one for one in webhooks.of(company) if one.is_on and EventKind.ALARM_OPENED in one.events],
    }
    return render(request, "alarms/alarms.html", context)


def _set(form: QueueForm, actor: Actor) -> bool:
    services.set_queue_minutes(form.company, form.cleaned_data["queue_minutes"], actor)
    return True


def of_company(company: object) -> QuerySet[Alarm]:
    """With what pages say of each: whose it is, and to whom it was told, or was to be (`dropped`)."""
    told = Telling.objects.exclude(outcome=Outcome.DROPPED)
    dropped = Telling.objects.filter(alarm=OuterRef("pk"), outcome=Outcome.DROPPED)
    rows = Alarm.objects.filter(company=company).select_related("company", "membership__user")
    return rows.annotate(dropped=Exists(dropped)).prefetch_related(Prefetch("tellings", told))


@require_POST
@company_page()
def mine(request: HttpRequest) -> HttpResponse:
    """Switch one's own mails about alarms on or off."""
    wanted = request.POST.get("by_mail") == "on"
    services.set_mailed(request.membership, wanted, Actor.of(request))
    said = _("Alarms come to you by e-mail.") if wanted else _("Alarms no longer come to you by e-mail.")
    messages.success(request, said)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        return redirect("profile", request.company.code)
    return HttpResponseRedirect(back)
