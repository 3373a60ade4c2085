"""The company's mail settings: for its admins."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import languages
from accounts.access import ADMINS, company_page, recently_authenticated
from accounts.audit import Actor
from mailsettings import app_credentials, catalog, needs, services
from mailsettings.cards import cards
from mailsettings.forms import CompanyLanguageForm, MicrosoftAppForm, PolicyForm, SmtpServerForm
from mailsettings.models.microsoft import callback_url
from mailsettings.pages.before_saving import saved_or_held
from mailsettings.pages.missing import panel
from mailsettings.pages.saving import allows_any, not_allowed, saved, show, typed
from mailsettings.presets import Preset, presets


@company_page(*ADMINS)
def overview(request: HttpRequest) -> HttpResponse:
    spoken = CompanyLanguageForm(initial={"locale": request.company.locale})
    context = {"cards": cards(request.company), "language_form": spoken}
    return render(request, "mailsettings/settings.html", context)


@require_POST
@company_page(*ADMINS)
def language(request: HttpRequest) -> HttpResponse:
    form = CompanyLanguageForm(request.POST)
    values = form.cleaned_data if form.is_valid() else {}
    changes = services.save_company(request.company, values, actor=Actor.of(request))
    languages.speak(request, request.company)
    return saved(request, changes, _("Your choice is saved."), "settings")


@require_http_methods(["GET", "POST"])
@company_page(*ADMINS)
@recently_authenticated
def smtp(request: HttpRequest) -> HttpResponse:
    if not allows_any(request, catalog.SMTP_PASSWORD, catalog.COMPANY_SMTP):
        return not_allowed(request)
    form = _server_form(request, preset := _preset(request))
    changes, shown = saved_or_held(
        request,
        "smtp",
        form,
        lambda: services.save_smtp_server(
            request.company, form.values, password=form.secret, actor=Actor.of(request)
        ),
    )
    if changes is None:
        context = panel(request.company, "smtp", form.data if form.is_bound else needs.shown(form))
        context |= shown
        context |= {"presets": presets().values(), "preset": preset}
        return show(request, "mailsettings/smtp.html", form, **context)
    return saved(
        request, changes, _("The mail server is saved. Send a test to see that it works."), "settings"
    )


def _preset(request: HttpRequest) -> Preset | None:
    """The provider whose server was asked to be filled in."""
    return presets().get(request.GET.get("preset", "")) if request.method == "GET" else None


def _server_form(request: HttpRequest, preset: Preset | None) -> SmtpServerForm:
    values = typed(request, SmtpServerForm)
    return SmtpServerForm(values, company=request.company, initial=preset.values if preset else None)


@require_http_methods(["GET", "POST"])
@company_page(*ADMINS)
@recently_authenticated
def office365(request: HttpRequest) -> HttpResponse:
    if not allows_any(request, *catalog.OF_THE_APP):
        return not_allowed(request)
    form = MicrosoftAppForm(typed(request, MicrosoftAppForm), company=request.company)
    changes, shown = saved_or_held(
        request,
        "office365",
        form,
        lambda: services.save_microsoft_app(
            request.company,
            form.values,
            client_secret=form.secret,
            secret_expires_on=form.cleaned_data.get("secret_expires_on"),
            actor=Actor.of(request),
        ),
    )
    if changes is None:
        chosen = callback_url(request.company, form.chosen_callback_form)
        following = app_credentials.upcoming(request.company)
        context = panel(request.company, "office365", form.data if form.is_bound else None)
        context |= {"callback_url": chosen, "following": following}
        context |= shown
        return show(request, "mailsettings/office365.html", form, **context)
    sentence = _(
        "The Office 365 settings are saved. Now people can press Connect to Microsoft in their profiles."
    )
    return saved(request, changes, sentence, "settings")


@require_http_methods(["GET", "POST"])
@company_page(*ADMINS)
def policy(request: HttpRequest) -> HttpResponse:
    form = PolicyForm(typed(request), company=request.company)
    changes, shown = saved_or_held(
        request,
        "policy",
        form,
        lambda: services.save_policy(request.company, form.values, actor=Actor.of(request)),
    )
    if changes is None:
        context = panel(request.company, "policy", typed(request))
        context |= shown
        return show(request, "mailsettings/policy.html", form, **context)
    return saved(request, changes, _("The policy is saved."), "settings")
