"""What a person sets for himself: his way of sending and his passwords."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import overtaken
from accounts.access import company_page, recently_authenticated
from accounts.audit import Actor
from mailsettings import catalog, retirements, services
from mailsettings.forms import EmailPasswordForm, GmailForm, PersonForm
from mailsettings.models import Security, SmtpServer
from mailsettings.pages.saving import allows_any, not_allowed, saved, show, typed


@require_http_methods(["GET", "POST"])
@company_page()
def method(request: HttpRequest) -> HttpResponse:
    form = PersonForm(typed(request), membership=request.membership)
    changes = overtaken.save(
        request, form, lambda: services.save_person(request.membership, form.values, actor=Actor.of(request))
    )
    if changes is None:
        return show(request, "mailsettings/method.html", form)
    return saved(request, changes, _("Your choice is saved."), "profile")


@require_http_methods(["GET", "POST"])
@company_page()
@recently_authenticated
def password(request: HttpRequest) -> HttpResponse:
    if not allows_any(request, *catalog.WITH_EMAIL_PASSWORD):
        return not_allowed(request)
    form = EmailPasswordForm(typed(request, EmailPasswordForm), membership=request.membership)
    if form.method == catalog.GRAPH_PASSWORD:
        way = catalog.METHODS[form.method]
        return _save_password(request, form, "mailsettings/password.html", microsoft=way)
    server = SmtpServer.objects.filter(company=request.company).first()
    if server is None or server.security == Security.NONE:
        return render(request, "mailsettings/no_server.html", {"server": server})
    ending = retirements.of_way(form.method, server)
    return _save_password(request, form, "mailsettings/password.html", server=server, ending=ending)


@require_http_methods(["GET", "POST"])
@company_page()
@recently_authenticated
def gmail(request: HttpRequest) -> HttpResponse:
    if not allows_any(request, catalog.GMAIL_APP_PASSWORD):
        return not_allowed(request)
    form = GmailForm(typed(request, GmailForm), membership=request.membership)
    return _save_password(request, form, "mailsettings/gmail.html", server=settings.GMAIL_SMTP_SERVER)


def _save_password(
    request: HttpRequest, form: EmailPasswordForm | GmailForm, template: str, **context: object
) -> HttpResponse:
    changes = overtaken.save(
        request,
        form,
        lambda: services.save_password(
            request.membership, form.method, form.values, secret=form.secret, actor=Actor.of(request)
        ),
    )
    if changes is None:
        return show(request, template, form, **context)
    sentence = _("Your password is saved. Send yourself a test to see that it works.")
    return saved(request, changes, sentence, "profile")
