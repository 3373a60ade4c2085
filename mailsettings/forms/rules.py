"""What may be typed: a rule returns the cleaned value or raises ValidationError, saying what to do.

Microsoft's limits: learn.microsoft.com/entra/identity-platform/quickstart-register-app (IDs, secrets) and
learn.microsoft.com/entra/identity-platform/v2-protocols#endpoints (directory names).
"""

import ipaddress
import re
from datetime import date, timedelta
from uuid import UUID

import idna
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.addresses import check_address

UUID_FORM = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
SHARED_DIRECTORIES = ("common", "organizations", "consumers")
READING_PORTS = (110, 143, 993, 995)
LONGEST_SECRET_LIFE = timedelta(days=2 * 366 + 7)  # Entra's pages offer 24 months; a week for late typing


def host_name(value: str) -> str:
    """A bare host name (international ones in their own letters) or an IP address, in lower case."""
    host = _in_one_spelling(value.strip().lower())
    if "://" in host:
        raise ValidationError(_("Give the name alone, without “https://” or “smtp://” in front."))
    if _is_ip_address(host):
        return host
    if "@" in host:
        raise ValidationError(
            _("This is an e-mail address. Give the server's name, such as smtp.firm.example.")
        )
    if "/" in host:
        raise ValidationError(_("Give the server's name alone, without a slash and what follows it."))
    if ":" in host:
        raise ValidationError(_("Give the server's name alone; the port has a field of its own."))
    if not _is_host_name(host.removesuffix(".")):
        raise ValidationError(
            _("This is not a server's name. It looks like smtp.firm.example, without spaces.")
        )
    return host.removesuffix(".")


def _in_one_spelling(host: str) -> str:
    """Letters and dots of other widths become the usual ones, as resolving the name would make them (UTS 46)."""
    try:
        return host if host.isascii() else idna.uts46_remap(host)
    except idna.IDNAError:
        return host


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_host_name(host: str) -> bool:
    try:
        encoded = host if host.isascii() else idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        return False
    labels = encoded.split(".")
    if len(encoded) > 253 or all(label.isdigit() for label in labels):
        return False
    return all(_LABEL.fullmatch(label) for label in labels)


def directory_id(value: str) -> str:
    """A directory (tenant) ID or one of the directory's domains, in lower case."""
    directory = _in_one_spelling(value.strip().lower())
    if directory in SHARED_DIRECTORIES:
        raise ValidationError(
            _(
                "“%(word)s” lets in accounts of any company, so the portal could not tell that a sign-in "
                "is yours. Copy the Directory (tenant) ID from the app's Overview page."
            )
            % {"word": directory}
        )
    if "@" in directory:
        raise ValidationError(
            _("This is an e-mail address. Copy the Directory (tenant) ID from the app's Overview.")
        )
    if UUID_FORM.fullmatch(directory) or ("." in directory and _is_host_name(directory)):
        return directory
    raise ValidationError(
        _(
            "This is neither a Directory (tenant) ID nor a domain. Copy the ID from the app's Overview page; "
            "it looks like 8f1d6c52-0b1c-4f6e-9a3e-5b7d2c9e1a40."
        )
    )


def application_id(value: str) -> UUID:
    """An application (client) ID."""
    if not UUID_FORM.fullmatch(value.strip()):
        raise ValidationError(
            _(
                "This is not an Application (client) ID. Copy it from the app's Overview page; "
                "it looks like 3b2f9d10-77aa-4c1e-8d55-0e9f61b7c223."
            )
        )
    return UUID(value.strip())


def client_secret(secret: str) -> None:
    """Entra lists a secret's ID beside its value, and shows the value only right after it was made."""
    if UUID_FORM.fullmatch(secret):
        raise ValidationError(
            _(
                "This is the secret's ID. Copy the other column, Value; "
                "it is shown only once, right after the secret is made."
            )
        )
    if "***" in secret:
        raise ValidationError(
            _(
                "Microsoft hides this value: it is shown only once. "
                "Make a new client secret and copy its Value."
            )
        )
    if re.search(r"\s", secret):
        raise ValidationError(
            _("A client secret has no spaces in it. Copy its Value again, and nothing else.")
        )


def secret_end(day: date, today: date) -> None:
    """The day a client secret ends, as Entra shows it."""
    if day < today:
        raise ValidationError(
            _("This day has passed, so the secret no longer works. Make a new one and give its date.")
        )
    if day > today + LONGEST_SECRET_LIFE:
        raise ValidationError(
            _(
                "Microsoft's pages make secrets for at most 24 months: check the year. "
                "If yours does last longer, give a date within 24 months; you are reminded then."
            )
        )


def gmail_app_password(value: str) -> str:
    """Google's sixteen letters, without the spaces among them (support.google.com/accounts/answer/185833)."""
    letters = re.sub(r"\s", "", value)
    if not re.fullmatch(r"[A-Za-z]{16}", letters):
        raise ValidationError(
            _(
                "An app password is 16 letters, shown in four groups. It is not the password "
                "you sign in to Google with: make one at myaccount.google.com/apppasswords."
            )
        )
    return letters.lower()


def printable(text: str) -> str:
    """Text without line ends and control characters, which would end a command or a header."""
    if _CONTROL.search(text):
        raise ValidationError(_("Remove the line ends and other invisible characters."))
    return text


def header_text(text: str) -> str:
    """Text that may go into a header: printable, and no encoded word.

    Python's e-mail package before 3.11.10 decodes “=?…?=” and writes the line ends inside it (CVE-2024-6923).
    """
    if "=?" in text:
        raise ValidationError(_("Remove “=?”: mail programs read it as a code."))
    return printable(text)


def user_name(value: str) -> str:
    """A sign-in name. One with an @ stands in From as well, so it must be an e-mail address."""
    if "@" in value:
        check_address(value)
    return header_text(value)


def port_fits(port: int, security: str) -> None:
    """465 speaks TLS from the start, 587 begins in clear and switches (RFC 8314 section 3.3)."""
    if port in READING_PORTS:
        raise ValidationError(
            _("Port %(port)d is for reading mail. For sending it is 587 or 465.") % {"port": port}
        )
    if port == 465 and security == "starttls":
        raise ValidationError(
            _("Port 465 speaks TLS from the start. Choose “TLS from the start” below, or use port 587.")
        )
    if port == 587 and security == "tls":
        raise ValidationError(
            _("Port 587 switches to TLS with STARTTLS. Choose STARTTLS below, or use port 465.")
        )
