"""People connected to Microsoft, whose Microsoft is the sink: what a sign-in would have left behind."""

import time

import msal
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from accounts.models import Membership
from bench.cloud import CLIENT, NAME, TENANT, client_info
from mailsettings import credentials
from mailsettings.models import CredentialKind, MicrosoftApp
from oauth.models import Connection, TokenCache

HOUR_S = 3_600


def connect_everybody(port: int, *, has_ended: bool) -> None:
    """`has_ended`: every access token has run out, and there is a refresh token for each."""
    people = list(Membership.objects.select_related("company", "user"))
    company = people[0].company
    MicrosoftApp.objects.create(company=company, cloud=NAME, tenant_id=TENANT, client_id=CLIENT)
    credentials.store(company, CredentialKind.CLIENT_SECRET, "secret-of-the-bench", actor=COMMAND_LINE)
    scopes = [f"https://localhost:{port}/graph/{name}" for name in ("Mail.Send", "User.Read")]
    now = timezone.now()
    for number, person in enumerate(people):
        connection = Connection.objects.create(
            company=company,
            membership=person,
            client_id=CLIENT,
            tenant_id=TENANT,
            object_id=f"object-{number}",
            address=person.user.email,
            scopes=scopes,
            connected_at=now,
            refreshed_at=now,
        )
        row = TokenCache(connection=connection)
        row.seal(_cache(number, port, scopes, time.time() - 2 * HOUR_S * has_ended))
        row.save()


def _cache(number: int, port: int, scopes: list[str], issued_at: float) -> bytes:
    """As MSAL writes it after a sign-in at this time."""
    cache = msal.SerializableTokenCache()
    answer = {
        "access_token": f"access-{number}",
        "refresh_token": f"refresh-{number}",
        "expires_in": HOUR_S,
        "client_info": client_info(str(number)),
    }
    event = {
        "client_id": CLIENT,
        "scope": scopes,
        "environment": "localhost",
        "token_endpoint": f"https://localhost:{port}/{TENANT}/oauth2/v2.0/token",
        "response": answer,
    }
    cache.add(event, now=issued_at)
    return cache.serialize().encode()
