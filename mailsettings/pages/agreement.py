"""Agreement texts: the company's words for the end of its orders, kept by its admins."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import overtaken
from accounts.access import ADMINS, company_page, in_company
from accounts.audit import Actor
from accounts.models import Company
from core.errors import InputError
from mailsettings import agreements
from mailsettings.forms import AgreementKindForm, AgreementTextForm
from mailsettings.models import AgreementKind, AgreementText
from mailsettings.models.agreement import language_name
from mailsettings.pages.saving import saved, show, typed


@dataclass(frozen=True, slots=True)
class KindOfMessage:
    slug: str
    label: str | Promise
    texts: list[AgreementText]
    own: AgreementKind | None  # None: built in


@company_page(*ADMINS)
def overview(request: HttpRequest) -> HttpResponse:
    return render(request, "mailsettings/agreements.html", {"kinds": _kinds(request.company)})


def _kinds(company: Company) -> list[KindOfMessage]:
    own = {kind.slug: kind for kind in AgreementKind.objects.filter(company=company)}
    texts: dict[str, list[AgreementText]] = {}
    for text in AgreementText.objects.filter(company=company):
        texts.setdefault(text.kind, []).append(text)
    known = agreements.kinds(company).items()
    return [KindOfMessage(slug, label, texts.get(slug, []), own.get(slug)) for slug, label in known]


@require_http_methods(["GET", "POST"])
@company_page(*ADMINS)
def add(request: HttpRequest) -> HttpResponse:
    text = AgreementText(company=request.company)
    form = AgreementTextForm(typed(request), text=text, initial={"kind": request.GET.get("kind", "")})
    if not form.is_valid():
        languages = [(tag, language_name(tag)) for tag in agreements.COMMON_LANGUAGES]
        return show(request, "mailsettings/agreement.html", form, languages=languages)
    values = dict(form.values)
    return _save(request, values.pop("kind"), values.pop("language"), values)


@require_http_methods(["GET", "POST"])
@company_page(*ADMINS)
def change(request: HttpRequest, text_id: object) -> HttpResponse:
    text = _text(request, text_id)
    form = AgreementTextForm(typed(request), text=_text(request, text_id))
    answer = overtaken.save(request, form, lambda: _save(request, text.kind, text.language, form.values))
    if answer is None:
        text, label = _text(request, text_id), agreements.kinds(request.company).get(text.kind, text.kind)
        return show(request, "mailsettings/agreement.html", form, text=text, kind_label=label)
    return answer


def _save(request: HttpRequest, kind: str, language: str, values: dict[str, object]) -> HttpResponse:
    """Store the text, and show it as it will be appended."""
    changes = agreements.save_text(request.company, kind, language, values, actor=Actor.of(request))
    if changes:
        messages.success(
            request, _("The text is saved. The preview shows how messages of this kind will end.")
        )
    else:
        messages.info(request, _("Nothing was changed."))
    text = AgreementText.objects.get(company=request.company, kind=kind, language=language)
    return redirect("settings-agreement", request.company.code, text.pk)


@require_http_methods(["GET", "POST"])
@company_page(*ADMINS)
def delete(request: HttpRequest, text_id: object) -> HttpResponse:
    text = _text(request, text_id)
    if request.method == "GET":
        label = agreements.kinds(request.company).get(text.kind, text.kind)
        return render(request, "mailsettings/agreement_delete.html", {"text": text, "kind_label": label})
    agreements.remove_text(text, Actor.of(request))
    messages.success(request, _("The text is deleted."))
    return redirect("settings-agreements", request.company.code)


@require_http_methods(["GET", "POST"])
@company_page(*ADMINS)
def add_kind(request: HttpRequest) -> HttpResponse:
    form = AgreementKindForm(typed(request), company=request.company)
    if not form.is_valid():
        return show(request, "mailsettings/agreement_kind.html", form)
    slug, label = form.values["slug"], form.values["label"]
    changes = agreements.save_kind(request.company, slug, label, actor=Actor.of(request))
    return saved(
        request, changes, _("The kind is added. Now add its text in each language."), "settings-agreements"
    )


@require_POST
@company_page(*ADMINS)
def delete_kind(request: HttpRequest, kind_id: object) -> HttpResponse:
    kind = in_company(AgreementKind.objects.select_related("company"), request.company, pk=kind_id)
    try:
        agreements.remove_kind(kind, Actor.of(request))
    except InputError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Deleted: %(what)s.") % {"what": kind.label})
    return redirect("settings-agreements", request.company.code)


def _text(request: HttpRequest, text_id: object) -> AgreementText:
    return in_company(AgreementText.objects.select_related("company"), request.company, pk=text_id)
