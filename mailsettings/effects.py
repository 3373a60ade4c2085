"""Whom a change of the settings touches, told before it is saved: how many people send by what it switches off."""

import hashlib
from collections.abc import Iterable, Sequence

from django.db.models import Count
from django.utils.translation import ngettext

from accounts.models import Company, Membership
from mailsettings import catalog
from mailsettings.forms.app_only import SWITCHES as APP_ONLY_SWITCHES
from mailsettings.forms.base import SettingsForm
from mailsettings.forms.policy import RUNGS
from mailsettings.models import (
    CompanyMailSettings,
    Credential,
    CredentialKind,
    GoogleApp,
    MicrosoftApp,
    SmtpServer,
)

_BY_CONNECTION = (*catalog.BY_CONNECTION, catalog.COMPANY_MAILBOX)
_OF_KIND = {
    CredentialKind.CLIENT_SECRET: catalog.OF_THE_APP,
    CredentialKind.CLIENT_CERTIFICATE: catalog.OF_THE_APP,
    CredentialKind.GOOGLE_CLIENT_SECRET: catalog.OF_GOOGLE,
    CredentialKind.SMTP_PASSWORD: (catalog.COMPANY_SMTP,),
}


def senders(company: Company) -> dict[str, int]:
    """How many people's mail goes by each method now; methods nobody uses are not in it."""
    rows = Membership.objects.filter(company=company).exclude(mail_method="").order_by()
    return dict(rows.values_list("mail_method").annotate(Count("pk")))


def sending_by(company: Company, methods: Iterable[str]) -> int:
    """How many people's mail goes by one of these methods now."""
    found = senders(company)
    return sum(found.get(method, 0) for method in methods)


def of_credential(credential: Credential) -> int:
    """How many people's mail goes by a company's secret now; 0 for a person's own, and for one that waits."""
    if credential.is_next or credential.membership_id:
        return 0
    return sending_by(credential.company, _OF_KIND.get(CredentialKind(credential.kind), ()))


def losses(company: Company, area: str, form: SettingsForm) -> list[str]:
    """What the valid form would take from people who send now, a sentence each; empty when it takes nothing."""
    return list(_LOSSES[area](company, form, senders(company)))


def name_of(sentences: Sequence[str]) -> str:
    """A short name of these very sentences: whoever sends it back has seen them."""
    return hashlib.sha256("\n".join(sentences).encode()).hexdigest()[:16] if sentences else ""


def _switched_off(methods: Iterable[str], found: dict[str, int]) -> Iterable[str]:
    for method in methods:
        if count := found.get(method, 0):
            sentence = ngettext(
                "%(n)s person sends by %(way)s now, and this switches it off. Their mail takes the next way that "
                "works for them, or cannot leave.",
                "%(n)s people send by %(way)s now, and this switches it off. Their mail takes the next way that "
                "works for each of them, or cannot leave.",
                count,
            )
            yield sentence % {"n": count, "way": catalog.METHODS[method].label}


def _policy(company: Company, form: SettingsForm, found: dict[str, int]) -> Iterable[str]:
    values = form.cleaned_data
    off = {method for switch, methods in RUNGS.items() if not values.get(switch) for method in methods}
    only = values.get("method", "")
    return _switched_off((m for m in catalog.METHODS if m in off or only not in ("", m)), found)


def _app_only(company: Company, form: SettingsForm, found: dict[str, int]) -> Iterable[str]:
    off = (method for switch, method in APP_ONLY_SWITCHES.items() if not form.cleaned_data.get(switch))
    return _switched_off(off, found)


def _office365(company: Company, form: SettingsForm, found: dict[str, int]) -> Iterable[str]:
    """Who allowed one app to send has not allowed another."""
    before = MicrosoftApp.objects.filter(company=company).first()
    names = ("cloud", "tenant_id", "client_id")
    count = sum(found.get(method, 0) for method in _BY_CONNECTION)
    if before and count and any(str(form.cleaned_data[n]) != str(getattr(before, n)) for n in names):
        yield _connect_again(count, "Microsoft")


def _google(company: Company, form: SettingsForm, found: dict[str, int]) -> Iterable[str]:
    before = GoogleApp.objects.filter(company=company).first()
    count = sum(found.get(method, 0) for method in catalog.OF_GOOGLE)
    if before and count and form.cleaned_data["client_id"] != before.client_id:
        yield _connect_again(count, "Google")


def _connect_again(count: int, provider: str) -> str:
    sentence = ngettext(
        "This is another app than before. %(n)s person sends by the old one, and has to connect to %(provider)s "
        "again.",
        "This is another app than before. %(n)s people send by the old one, and each has to connect to "
        "%(provider)s again.",
        count,
    )
    return sentence % {"n": count, "provider": provider}


def _smtp(company: Company, form: SettingsForm, found: dict[str, int]) -> Iterable[str]:
    """A password is told only to the server it was typed for."""
    before = SmtpServer.objects.filter(company=company).first()
    count = found.get(catalog.SMTP_PASSWORD, 0)
    if before and count and form.cleaned_data["host"] != before.host:
        sentence = ngettext(
            "This is another server than before. %(n)s person sends with their own password, and has to type it "
            "again.",
            "This is another server than before. %(n)s people send with their own passwords, and each has to type "
            "it again.",
            count,
        )
        yield sentence % {"n": count}


def _company_mailbox(company: Company, form: SettingsForm, found: dict[str, int]) -> Iterable[str]:
    """Switched off, or another one, which has to be connected first."""
    before = CompanyMailSettings.objects.filter(company=company).first()
    count = found.get(catalog.COMPANY_MAILBOX, 0)
    if not form.cleaned_data.get("use_fallback_mailbox"):
        yield from _switched_off([catalog.COMPANY_MAILBOX], found)
    elif before and count and form.cleaned_data["fallback_mailbox"] != before.fallback_mailbox:
        sentence = ngettext(
            "%(n)s person sends by %(mailbox)s now, and cannot by the new mailbox until that is connected.",
            "%(n)s people send by %(mailbox)s now, and cannot by the new mailbox until that is connected.",
            count,
        )
        yield sentence % {"n": count, "mailbox": before.fallback_mailbox}


_LOSSES = {
    "company-mailbox": _company_mailbox,
    "policy": _policy,
    "app-only": _app_only,
    "office365": _office365,
    "google": _google,
    "smtp": _smtp,
}
