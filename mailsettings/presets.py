"""Mail servers of well-known providers, to fill in the form with.

Each is the provider's submission server as its help names it (RFC 6409 and RFC 8314).
"""

from dataclasses import dataclass

from mailsettings.clouds import clouds
from mailsettings.models import Security


@dataclass(frozen=True, slots=True)
class Preset:
    slug: str
    label: str
    host: str
    port: int = 587
    security: str = Security.STARTTLS

    @property
    def values(self) -> dict[str, object]:
        return {"host": self.host, "port": self.port, "security": str(self.security)}


_OTHERS = (
    Preset("gmail", "Gmail", "smtp.gmail.com"),
    Preset("google-relay", "Google Workspace (SMTP relay)", "smtp-relay.gmail.com"),
    Preset("fastmail", "Fastmail", "smtp.fastmail.com", 465, Security.TLS),
    Preset("icloud", "iCloud Mail", "smtp.mail.me.com"),
    Preset("ionos", "IONOS", "smtp.ionos.com"),
    Preset("yahoo", "Yahoo Mail", "smtp.mail.yahoo.com", 465, Security.TLS),
    Preset("zoho-eu", "Zoho Mail (Europe)", "smtp.zoho.eu", 465, Security.TLS),
)


def presets() -> dict[str, Preset]:
    """By slug: Microsoft's clouds first, then the others."""
    microsoft = (
        Preset(f"microsoft-{cloud.name}", cloud.label, cloud.smtp_host, cloud.smtp_port)
        for cloud in clouds().values()
    )
    return {preset.slug: preset for preset in (*microsoft, *_OTHERS)}
