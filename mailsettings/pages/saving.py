"""What every settings page does alike: refuse a way that is not allowed, show the form, go on after saving."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from mailsettings import typed_secret
from mailsettings.forms.base import SettingsForm
from mailsettings.services import Changes


def allows_any(request: HttpRequest, *methods: str) -> bool:
    return any(request.company.allows(method) for method in methods)


def not_allowed(request: HttpRequest) -> HttpResponse:
    """403, in words that fit: the role is right, the operator has not opened this way."""
    return render(request, "mailsettings/not_allowed.html", status=403)


def typed(request: HttpRequest, form: type[SettingsForm] = SettingsForm) -> QueryDict | None:
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
    """The page with its form. A stored secret is shown in place of its field until Replace is pressed."""
    shows_field = (
        form.stored is None
        or "replace" in request.GET
        or (form.is_bound and form.secret_field in form.errors)
    )
    shows_field = shows_field or bool(context.get("kept"))
    context |= {"form": form, "hidden_secret": "" if shows_field else form.secret_field}
    return render(request, template, context)


def saved(request: HttpRequest, changes: Changes, sentence: str | Promise, page: str) -> HttpResponseRedirect:
    """To the next page, saying what happened."""
    if request.POST.get("save") == "checked":
        messages.success(request, _("The check went well."))
    if changes:
        messages.success(request, sentence)
    else:
        messages.info(request, _("Nothing was changed."))
    return redirect(page, request.company.code)
