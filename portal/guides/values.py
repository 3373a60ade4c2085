"""A company's own values as its guides show them: addresses, ids and mailboxes, and nothing secret."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership
from mailsettings import clouds
from mailsettings.models import AppOnlySettings, CompanyMailSettings, GoogleApp, MicrosoftApp, SmtpServer
from mailsettings.models.google import callback_url as google_callback_url
from mailsettings.models.microsoft import CallbackForm, callback_url
from sender.doctor.domain import SPF_NAMES

LABELS = {
    "callback_url": _("Callback address (redirect URI)"),
    "old_callback_url": _("Callback address of older registrations"),
    "google_callback_url": _("Callback address for Google"),
    "client_id": _("Application (client) ID"),
    "tenant_id": _("Directory (tenant) ID"),
    "token_url": _("Token address"),
    "graph_scope": _("Scope for Graph"),
    "smtp_scope": _("Scope for SMTP"),
    "smtp_host": _("Exchange's mail server"),
    "server": _("Your company's mail server"),
    "own_address": _("Your address"),
    "mailbox": _("Mailbox"),
    "portal_url": _("This portal"),
    "from_domain": _("Your From domain"),
    "spf_part": _("What its SPF record has to contain"),
    "dmarc_name": _("Name of the DMARC record"),
    "dmarc_record": _("A DMARC record to begin with"),
}


@dataclass(frozen=True, slots=True)
class Values:
    """Empty where the company has not entered it yet."""

    portal_url: str
    callback_url: str
    old_callback_url: str
    google_callback_url: str
    cloud: str
    smtp_host: str
    graph_scope: str
    smtp_scope: str
    own_address: str
    client_id: str = ""
    tenant_id: str = ""
    token_url: str = ""
    mailbox: str = ""  # that the app or the company sends from
    shared_mailbox: str = ""
    server: str = ""
    from_domain: str = ""
    spf_part: str = ""
    dmarc_name: str = ""
    dmarc_record: str = "v=DMARC1; p=none"

    def named(self, names: tuple[str, ...]) -> list[dict[str, object]]:
        return [{"name": name, "label": LABELS[name], "value": getattr(self, name)} for name in names]


def values_for(viewer: Membership) -> Values:
    """Those of the viewer's company, and his address."""
    return values_of(viewer.company, viewer.user.email)


def values_of(company: Company, own_address: str = "") -> Values:
    """Those of a company; without an address for pages that a stranger may read."""
    app = MicrosoftApp.objects.filter(company=company).first()
    policy = CompanyMailSettings.objects.filter(company=company).first() or CompanyMailSettings()
    app_only = AppOnlySettings.objects.filter(company=company).first() or AppOnlySettings()
    server = SmtpServer.objects.filter(company=company).first()
    known = clouds.clouds()
    cloud = known.get(app.cloud if app else clouds.GLOBAL) or known[clouds.GLOBAL]
    mailbox = app_only.account or policy.fallback_mailbox or policy.shared_mailbox
    domain = (own_address or mailbox).rpartition("@")[2]
    return Values(
        portal_url=settings.PUBLIC_URL,
        callback_url=app.callback_url if app else callback_url(company, CallbackForm.PORTAL),
        old_callback_url=callback_url(company, CallbackForm.ASPX),
        google_callback_url=google_callback_url(company),
        cloud=cloud.name,
        smtp_host=f"{cloud.smtp_host}, {cloud.smtp_port}, STARTTLS",
        graph_scope=cloud.graph_scope,
        smtp_scope=cloud.outlook_scope,
        own_address=own_address,
        client_id=str(app.client_id) if app else "",
        tenant_id=app.tenant_id if app else "",
        token_url=cloud.token_url(app.tenant_id) if app else "",
        mailbox=mailbox,
        shared_mailbox=policy.shared_mailbox,
        server=f"{server.host}, {server.port}, {server.get_security_display()}" if server else "",
        from_domain=domain,
        spf_part=_spf_part(company, cloud if app else None),
        dmarc_name=f"_dmarc.{domain}" if domain else "",
    )


def _spf_part(company: Company, cloud: clouds.Cloud | None) -> str:
    """For each provider the company has an app at; empty where only its own mail server is known."""
    found = []
    if cloud is not None:
        ours, government, china = SPF_NAMES["microsoft"]
        ending = cloud.smtp_host.rpartition(".")[2]
        found.append({"us": government, "cn": china}.get(ending, ours))
    if GoogleApp.objects.filter(company=company).exists():
        found.append(SPF_NAMES["google"][0])
    return " ".join(f"include:{name}" for name in found)
