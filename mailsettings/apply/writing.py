"""Writing what a file says: through the same forms and services as the pages, in one transaction.

A dry run does all of it and takes it back, so that its diff is what would really happen.
"""

from collections.abc import Callable, Mapping

from django.db import transaction
from django.forms import ModelForm, model_to_dict

from accounts.audit import Actor
from accounts.models import Company
from core.errors import InputError
from mailsettings import catalog, services
from mailsettings.apply import agreements, certificate, people, webhooks
from mailsettings.apply.reading import Table
from mailsettings.apply.report import Report
from mailsettings.forms import (
    AppOnlyForm,
    CompanyForm,
    CompanyMailboxForm,
    GoogleAppForm,
    MicrosoftAppForm,
    PolicyForm,
    SmtpServerForm,
)
from mailsettings.forms.base import SettingsForm
from mailsettings.models import CompanyMailSettings

NEEDS = {
    "office365": catalog.OF_THE_APP,
    "google": catalog.OF_GOOGLE,
    "app_only": (catalog.GRAPH_APP, catalog.SMTP_APP),
    "smtp": (catalog.SMTP_PASSWORD, catalog.COMPANY_SMTP),
    "company_mailbox": (catalog.COMPANY_MAILBOX,),
    "policy": (),
}


FORMS: Mapping[str, type[SettingsForm]] = {
    "office365": MicrosoftAppForm,
    "google": GoogleAppForm,
    "app_only": AppOnlyForm,
    "smtp": SmtpServerForm,
    "company_mailbox": CompanyMailboxForm,
    "policy": PolicyForm,
}


def write(document: Table, report: Report, *, actor: Actor) -> None:
    """Apply the document unless it has errors or is a dry run; changes and errors go into the report."""
    with transaction.atomic():
        for table in document.all("operator"):
            people.write_operator(table, report, actor)
        seen: set[str] = set()
        for table in document.all("company"):
            _write_company(table, seen, report, actor)
        if report.errors or report.dry_run:
            transaction.set_rollback(True)


def write_settings(company: Company, sections: Table, report: Report, *, actor: Actor) -> None:
    """The same for the mail settings of one company, asked for by itself; what is the operator's is left alone."""
    with transaction.atomic():
        _write_sections(company, sections, report, actor)
        if report.errors or report.dry_run:
            transaction.set_rollback(True)


def _write_company(table: Table, seen: set[str], report: Report, actor: Actor) -> None:
    code = str(table.values.get("code", ""))
    if code and code.lower() in seen:
        report.wrong(f"{table.path}.code", "This company stands in the file twice.")
        return
    seen.add(code.lower())
    stored = Company.objects.filter(code__iexact=code).first()
    if stored and stored.code != code:
        report.wrong(
            f"{table.path}.code", f"The company's code is {stored.code}: write it exactly like that."
        )
        return
    form = CompanyForm(_merged(CompanyForm, stored or Company(), table.values), instance=stored)
    company = form.instance
    if _is_valid(form, table.path, report):
        company = Company.objects.get(pk=stored.pk) if stored else company
        report.changed(code, services.save_company(company, form.values, actor=actor))
    _write_sections(company, table, report, actor)
    agreements.write_agreements(company, table.all("agreement"), report, actor)
    people.write_people(company, table.all("person"), report, actor)
    webhooks.write_webhooks(company, table.all("webhook"), report, actor)


def _write_sections(company: Company, table: Table, report: Report, actor: Actor) -> None:
    _let_go_of_method(company, table.tables.get("policy"), report, actor)
    for name, write_section in SECTIONS.items():
        section = table.tables.get(name)
        if section is None:
            continue
        if NEEDS[name] and not any(company.allows(method) for method in NEEDS[name]):
            report.wrong(
                section.path, f"The company's allowed_methods hold none of: {', '.join(NEEDS[name])}."
            )
            continue
        write_section(company, section, report, actor)


def _let_go_of_method(company: Company, policy: Table | None, report: Report, actor: Actor) -> None:
    """Where the file names another e-mail method, the old one is dropped first: until then its forms keep it on."""
    stored = CompanyMailSettings.objects.filter(company=company).exclude(method="").first()
    if stored and policy and policy.values.get("method", stored.method) != stored.method:
        changes = services.save_policy(company, {"method": ""}, actor=actor)
        report.changed(f"{company.code}.policy", changes)


def _smtp(company: Company, table: Table, report: Report, actor: Actor) -> None:
    form = _form(SmtpServerForm, company, table, report)
    if form is not None:
        changes = services.save_smtp_server(company, form.values, password=form.secret, actor=actor)
        report.changed(f"{company.code}.smtp", changes)


def _office365(company: Company, table: Table, report: Report, actor: Actor) -> None:
    pair = certificate.read(company, table, report)
    brings = {"brings_certificate": True} if "certificate" in table.secrets else {}
    form = _form(MicrosoftAppForm, company, table, report, **brings)
    if form is not None:
        changes = services.save_microsoft_app(
            company,
            form.values,
            client_secret=form.secret,
            secret_expires_on=form.cleaned_data.get("secret_expires_on"),
            pair=pair,
            actor=actor,
        )
        report.changed(f"{company.code}.office365", changes)


def _google(company: Company, table: Table, report: Report, actor: Actor) -> None:
    form = _form(GoogleAppForm, company, table, report)
    if form is not None:
        changes = services.save_google_app(company, form.values, client_secret=form.secret, actor=actor)
        report.changed(f"{company.code}.google", changes)


def _app_only(company: Company, table: Table, report: Report, actor: Actor) -> None:
    form = _form(AppOnlyForm, company, table, report)
    if form is not None:
        report.changed(f"{company.code}.app_only", services.save_app_only(company, form.values, actor=actor))


def _company_mailbox(company: Company, table: Table, report: Report, actor: Actor) -> None:
    form = _form(CompanyMailboxForm, company, table, report)
    if form is not None:
        changes = services.save_policy(company, form.values, actor=actor)
        report.changed(f"{company.code}.company_mailbox", changes)


def _policy(company: Company, table: Table, report: Report, actor: Actor) -> None:
    form = _form(PolicyForm, company, table, report)
    if form is not None:
        report.changed(f"{company.code}.policy", services.save_policy(company, form.values, actor=actor))


SECTIONS: Mapping[str, Callable[[Company, Table, Report, Actor], None]] = {
    "office365": _office365,
    "google": _google,
    "app_only": _app_only,
    "smtp": _smtp,
    "company_mailbox": _company_mailbox,
    "policy": _policy,
}


def _form(
    form_class: Callable[..., SettingsForm], company: Company, table: Table, report: Report, **options: object
) -> SettingsForm | None:
    """The valid form of a section, or None with its errors reported, or when the company itself is not saved.

    Keys that are missing in the file keep their stored value.
    """
    blank = form_class(company=company)
    data = _merged(form_class, blank.instance, blank.initial | table.values)
    for name, secret in table.secrets.items():
        if name not in blank.fields:
            continue
        try:
            data[name] = secret.read()
        except InputError as error:
            report.wrong_input(f"{table.path}.{name}", error)
            return None
    form = form_class(data, company=company, **options)
    is_good = _is_valid(form, table.path, report)
    return form if is_good and not company._state.adding else None


def _merged(form_class: type[ModelForm], row: object, values: Mapping[str, object]) -> dict[str, object]:
    return model_to_dict(row, form_class._meta.fields) | dict(values)


def _is_valid(form: ModelForm, path: str, report: Report) -> bool:
    report.wrong_form(path, form)
    return not form.errors
