"""The client certificate in a file's `[company.office365]`: `certificate`, and `certificate_password` if it has one."""

from django.utils import timezone

from accounts.models import Company
from core.errors import InputError
from mailsettings import certificates, credentials
from mailsettings.apply.reading import Table
from mailsettings.apply.report import Report
from mailsettings.models import CredentialKind

KEYS = {"file": "certificate", "password": "certificate_password"}


def read(company: Company, table: Table, report: Report) -> certificates.KeyPair | None:
    """The key and certificate; None when none is given, or something is wrong with it, which is reported.

    The one in use is no mistake when it has ended: the file is applied again and again, and people are told elsewhere.
    """
    if "certificate" not in table.secrets:
        if "certificate_password" in table.secrets:
            report.wrong(
                f"{table.path}.certificate_password", "This goes with certificate, which is missing."
            )
        return None
    if "client_secret" in table.secrets:
        report.wrong(f"{table.path}.certificate", "Give either client_secret or certificate, not both.")
        return None
    try:
        stored = credentials.stored(company, CredentialKind.CLIENT_CERTIFICATE)
        return _read(table, stored.public if stored else None)
    except InputError as error:
        report.wrong_input(f"{table.path}.{KEYS.get(error.field, 'certificate')}", error)
        return None


def _read(table: Table, known: certificates.Certificate | None) -> certificates.KeyPair:
    password = ""
    if "certificate_password" in table.secrets:
        try:
            password = table.secrets["certificate_password"].read()
        except InputError as error:
            raise InputError(error.message, "password") from None
    return certificates.read(table.secrets["certificate"].read_bytes(), password, timezone.now(), known)
