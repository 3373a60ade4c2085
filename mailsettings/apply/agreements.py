"""The agreement texts in a file, and the kinds of messages it adds. What it does not mention is left alone."""

from pathlib import Path

from django.forms import model_to_dict

from accounts.audit import Actor
from accounts.models import Company
from core.errors import InputError
from mailsettings import agreements
from mailsettings.apply.reading import Table
from mailsettings.apply.report import Report
from mailsettings.forms import AgreementKindForm, AgreementTextForm
from mailsettings.models import AgreementText
from mailsettings.models.agreement import BUILT_IN_KINDS


def write_agreements(company: Company, tables: list[Table], report: Report, actor: Actor) -> None:
    seen: set[tuple[str, str]] = set()
    for table in tables:
        kind, language = str(table.values.get("kind", "")), _language(table, report)
        is_good = _write_kind(company, kind, table, report, actor)
        if language and (kind, language) in seen:
            report.wrong(f"{table.path}.language", "This kind and language stand in the company twice.")
            continue
        seen.add((kind, language))
        _write_text(company, kind, language, table, report, actor if is_good and language else None)


def _language(table: Table, report: Report) -> str:
    """The tag in its usual letters; "" when it is missing or wrong, which is reported."""
    try:
        return agreements.language_tag(str(table.values.get("language", "")))
    except InputError as error:
        report.wrong_input(f"{table.path}.language", error)
        return ""


def _write_kind(company: Company, kind: str, table: Table, report: Report, actor: Actor) -> bool:
    """Whether the company has the kind now."""
    label, known = table.values.get("label"), agreements.kinds(company)
    if kind in BUILT_IN_KINDS:
        if label not in (None, BUILT_IN_KINDS[kind]):
            report.wrong(f"{table.path}.label", "This kind is built in and keeps its name: leave label out.")
        return True
    if kind in known and label in (None, known[kind]):
        return True
    data = {"slug": kind, "label": label}
    form = AgreementKindForm(data, company=company, is_new=False)
    for name, place in (("slug", "kind"), ("label", "label")):
        for message in form.errors.get(name, ()):
            report.wrong(f"{table.path}.{place}", message)
    if form.errors or company._state.adding:
        return False
    changes = agreements.save_kind(company, kind, form.cleaned_data["label"], actor=actor)
    report.changed(f"{company.code}.agreement.{kind}", changes)
    return True


def _write_text(
    company: Company, kind: str, language: str, table: Table, report: Report, actor: Actor | None
) -> None:
    """Without an actor the text is only checked: its kind or its language is wrong."""
    key = {"company": company, "kind": kind or "-", "language": language or "-"}
    text = AgreementText.objects.filter(**key).first() or AgreementText(**key)
    html = _html(table, report)
    if html is None:
        return
    data = model_to_dict(text, AgreementTextForm.Meta.fields) | table.values | {"html": html or text.html}
    form = AgreementTextForm(data, text=text)
    report.wrong_form(table.path, form)
    if form.is_valid() and actor and not company._state.adding:
        changes = agreements.save_text(company, kind, language, form.values, actor=actor)
        report.changed(f"{company.code}.agreement.{kind}.{language}", changes)


def _html(table: Table, report: Report) -> str | None:
    """The text as the file gives it, "" when it leaves it out, None when it cannot be read (reported)."""
    name = table.values.get("file")
    if name is None:
        return str(table.values.get("html", ""))
    if "html" in table.values:
        report.wrong(f"{table.path}.file", "Give either html or file.")
        return None
    try:
        return (table.folder / Path(str(name))).read_text(encoding="utf-8")
    except OSError as error:
        report.wrong(f"{table.path}.file", f"The file cannot be read: {error.strerror}.")
    except ValueError:
        report.wrong(f"{table.path}.file", "The file must be text in UTF-8.")
    return None
