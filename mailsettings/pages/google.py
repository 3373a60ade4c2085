"""The company's app at Google: for its admins."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import ADMINS, company_page, recently_authenticated
from accounts.audit import Actor
from mailsettings import catalog, services
from mailsettings.forms import GoogleAppForm
from mailsettings.models.google import callback_url
from mailsettings.pages.before_saving import saved_or_held
from mailsettings.pages.missing import panel
from mailsettings.pages.saving import allows_any, not_allowed, saved, show, typed


@require_http_methods(["GET", "POST"])
@company_page(*ADMINS)
@recently_authenticated
def google(request: HttpRequest) -> HttpResponse:
    if not allows_any(request, *catalog.OF_GOOGLE):
        return not_allowed(request)
    form = GoogleAppForm(typed(request, GoogleAppForm), company=request.company)
    changes, shown = saved_or_held(
        request,
        "google",
        form,
        lambda: services.save_google_app(
            request.company, form.values, client_secret=form.secret, actor=Actor.of(request)
        ),
    )
    if changes is None:
        context = panel(request.company, "google", form.data if form.is_bound else None)
        context |= shown
        context["callback_url"] = callback_url(request.company)
        return show(request, "mailsettings/google.html", form, **context)
    sentence = _("The Google settings are saved. Now people can press Connect to Google in their profiles.")
    return saved(request, changes, sentence, "settings")
