"""Whether the API answers; for watchers, without a key."""

from typing import Literal

from django.db import DatabaseError, connection
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema

from api.problems import Problem

router = Router(tags=["health"])


class Health(Schema):
    status: Literal["ok"]


@router.get("/health", response=Health, auth=None, summary="Whether the API works")
def health(request: HttpRequest) -> dict[str, str]:
    """ok when the portal answers and its database does; a problem with status 503 otherwise."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        raise Problem(503, _("The database does not answer.")) from None
    return {"status": "ok"}
