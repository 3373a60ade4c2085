"""Storing and choosing agreement texts. A change is one audit event that tells size and fingerprint, not the text."""

import hashlib
import re
from collections.abc import Mapping

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.audit import Actor, record
from accounts.models import Company
from core.errors import InputError
from mailsettings.models import AgreementKind, AgreementText
from mailsettings.models.agreement import BUILT_IN_KINDS
from mailsettings.services import Changes

COMMON_LANGUAGES = ("en", "lv", "de", "sv", "nb")
_LANGUAGE_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(-(?P<script>[a-z]{4}))?(-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)",
    re.IGNORECASE,
)


def kinds(company: Company) -> dict[str, str | Promise]:
    """Slug and label of each kind of message the company has."""
    own = AgreementKind.objects.filter(company=company).values_list("slug", "label")
    return {**BUILT_IN_KINDS, **dict(own)}


def language_tag(typed: str) -> str:
    """The tag in its usual letters, such as `pt-BR` (RFC 5646 section 2.1.1). Raises InputError."""
    found = _LANGUAGE_TAG.fullmatch(typed.strip().replace("_", "-"))
    if found is None or len(typed) > 35:
        message = _("“%(typed)s” is not a language's code. It looks like en, lv or pt-BR.")
        shown = "".join(c for c in typed if c.isprintable())[:40]
        raise InputError(message % {"typed": shown}, "language")
    script, region = found["script"] or "", found["region"] or ""
    parts = [found["language"].lower(), script.title(), region.upper(), found["variants"].lower().strip("-")]
    return "-".join(part for part in parts if part)


def choose(company: Company, kind: str, language: str = "") -> AgreementText:
    """The text in use for this kind, in the language asked for or the next best.

    That is: the language itself, it without its region, the company's, English, the only one there is.
    Raises InputError, its `field` “agreement” or “language”, when there is none.
    """
    known = kinds(company)
    if kind not in known:
        message = _("There is no kind of agreement “%(kind)s”. The company has: %(known)s.")
        raise InputError(message % {"kind": kind[:40], "known": ", ".join(known)}, "agreement")
    asked = language_tag(language) if language else ""
    rows = AgreementText.objects.filter(company=company, kind=kind, is_active=True)
    texts = {text.language: text for text in rows}
    for tag in (asked, asked.partition("-")[0], language_tag(company.locale), "en"):
        if tag in texts:
            return texts[tag]
    if len(texts) == 1:
        return texts.popitem()[1]
    message = _(
        "The company has no agreement text “%(kind)s” in the language “%(language)s”, and no other to take "
        "in its place. An admin can add it under Mail settings, Agreement texts."
    )
    raise InputError(message % {"kind": kind, "language": asked or company.locale}, "agreement")


@transaction.atomic
def save_kind(company: Company, slug: str, label: str, *, actor: Actor) -> Changes:
    """Add a kind of the company's own, or name it anew."""
    _lock(company)
    kind = AgreementKind.objects.filter(company=company, slug=slug).first()
    before = kind.label if kind else None
    if before == label:
        return {}
    AgreementKind.objects.update_or_create(company=company, slug=slug, defaults={"label": label})
    action = "agreement_kind.changed" if kind else "agreement_kind.added"
    record(actor, action, company=company, label=slug, name=[before, label])
    return {"label": (before, label)}


@transaction.atomic
def remove_kind(kind: AgreementKind, actor: Actor) -> None:
    """Raises InputError while it still has texts."""
    _lock(kind.company)
    if AgreementText.objects.filter(company=kind.company, kind=kind.slug).exists():
        raise InputError(_("Delete its texts first."), "kind")
    kind.delete()
    record(actor, "agreement_kind.deleted", company=kind.company, label=kind.slug, name=[kind.label, None])


@transaction.atomic
def save_text(
    company: Company, kind: str, language: str, values: Mapping[str, object], *, actor: Actor
) -> Changes:
    """Store `html` and `is_active` as the form cleaned them. The changes tell the text by size and fingerprint."""
    _lock(company)
    key = {"company": company, "kind": kind, "language": language}
    text = AgreementText.objects.filter(**key).first() or AgreementText(**key)
    is_new = text._state.adding
    changes: Changes = {}
    for name, value in values.items():
        before = None if is_new else getattr(text, name)
        if before != value:
            changes[name] = (_told(name, before), _told(name, value))
        setattr(text, name, value)
    if not changes:
        return {}
    text.changed_by, text.changed_by_label = actor.user, str(actor)
    text.save()
    action = "agreement_text.added" if is_new else "agreement_text.changed"
    details = {name: list(pair) for name, pair in changes.items()}
    record(actor, action, company=company, label=str(text), **details)
    return changes


@transaction.atomic
def remove_text(text: AgreementText, actor: Actor) -> None:
    _lock(text.company)
    text.delete()
    before = [_told("html", text.html), None]
    record(actor, "agreement_text.deleted", company=text.company, label=str(text), html=before)


def _told(name: str, value: object) -> object:
    if name != "html" or value is None:
        return value
    content = str(value).encode()
    return f"{len(content)} bytes, fingerprint {hashlib.sha256(content).hexdigest()[:8]}"


def _lock(company: Company) -> None:
    """One change of a company's settings at a time; two first saves would both insert."""
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)
