"""Sending as the company's app itself: for its admins, who hand the steps to their Microsoft people."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import ADMINS, company_page
from accounts.audit import Actor
from accounts.models import Company
from core.errors import ConfigurationError
from mailsettings import catalog, services
from mailsettings.clouds import cloud
from mailsettings.forms import AppOnlyForm
from mailsettings.models import AppOnlySettings, MicrosoftApp
from mailsettings.pages.before_saving import saved_or_held
from mailsettings.pages.missing import panel
from mailsettings.pages.saving import allows_any, not_allowed, saved, show, typed


@require_http_methods(["GET", "POST"])
@company_page(*ADMINS)
def app_only(request: HttpRequest) -> HttpResponse:
    if not allows_any(request, catalog.GRAPH_APP, catalog.SMTP_APP):
        return not_allowed(request)
    form = AppOnlyForm(typed(request), company=request.company)
    changes, shown = saved_or_held(
        request,
        "app-only",
        form,
        lambda: services.save_app_only(request.company, form.values, actor=Actor.of(request)),
    )
    if changes is None:
        mailbox = AppOnlySettings.objects.filter(company=request.company).values_list("mailbox", flat=True)
        context = _derived(request.company) | {"mailbox": mailbox.first() or "…"}
        context |= panel(request.company, "app-only", typed(request))
        context |= shown
        return show(request, "mailsettings/app_only.html", form, **context)
    sentence = _("Sending as the app is saved. Send a test to see that it works.")
    return saved(request, changes, sentence, "settings")


def _derived(company: Company) -> dict[str, object]:
    """What other programs let people type: it follows from the cloud and the directory, and is only shown."""
    app = MicrosoftApp.objects.filter(company=company).first()
    try:
        place = cloud(app.cloud) if app else None
    except ConfigurationError:
        place = None
    return {"app": app, "cloud": place, "token_url": place.token_url(app.tenant_id) if place else ""}
