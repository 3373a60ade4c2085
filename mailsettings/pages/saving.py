"""What every settings page does alike: refuse a way that is not allowed, show the form, go on after saving."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from mailsettings import typed_secret
from mailsettings.forms.base import SettingsForm, TakesSecret
from mailsettings.services import Changes


def allows_any(request: HttpRequest, *methods: str) -> bool:
    return any(request.company.allows(method) for method in methods)


def not_allowed(request: HttpRequest) -> HttpResponse:
    """403, in words that fit: the role is right, the operator has not opened this way."""
    return render(request, "mailsettings/not_allowed.html", status=403)


def typed(request: HttpRequest, form: type[TakesSecret] = SettingsForm) -> QueryDict | None:
    """What was sent, or None for a page that is only looked at.

    A secret that was typed before, on this form, is put back in its field while that is left empty.
    """
    if request.method != "POST":
        return None
    field, kept = form.secret_field, request.POST.get("kept", "")
    if not kept or not field or request.POST.get(field):
        return request.POST
    data = request.POST.copy()
    beside = {name: data.get(name, "") for name in form.secret_goes_with}
    data[field] = typed_secret.opened(kept, request.membership, form.__name__, beside)
    return data


def show(request: HttpRequest, template: str, form: SettingsForm, **context: object) -> HttpResponse:
    """The page with its form. A stored secret is shown in place of its field until Replace is pressed.

    A secret that was typed is kept for the next try, whatever else was wrong; where it cannot be, the page says so.
    """
    shows_field = form.stored is None or "replace" in request.GET
    shows_field = shows_field or (form.is_bound and (bool(form.secret) or form.secret_field in form.errors))
    context |= {"form": form, "hidden_secret": "" if shows_field else form.secret_field}
    return render(request, template, context | kept(request, form))


def kept(request: HttpRequest, form: TakesSecret) -> dict[str, object]:
    """For the page of a form that is not saved: the secret that was typed, sealed.

    It is dropped while nobody knows which server it is for. Any other field with an error may change.
    """
    if not form.is_bound or not form.secret:
        return {}
    if form.secret_server in form.errors:
        return {"is_dropped": True}
    beside = {name: form.data.get(name, "") for name in form.secret_goes_with if name not in form.errors}
    return {"kept": typed_secret.seal(form.secret, request.membership, type(form).__name__, beside)}


def saved(request: HttpRequest, changes: Changes, sentence: str | Promise, page: str) -> HttpResponseRedirect:
    """To the next page, saying what happened."""
    if request.POST.get("save") == "checked":
        messages.success(request, _("The check went well."))
    if changes:
        messages.success(request, sentence)
    else:
        messages.info(request, _("Nothing was changed."))
    return redirect(page, request.company.code)
