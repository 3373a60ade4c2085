"""Whether the API answers; for watchers, without a key."""

from typing import Literal

from django.db import connection
from django.http import HttpRequest
from ninja import Router, Schema

router = Router(tags=["health"])


class Health(Schema):
    status: Literal["ok"]


@router.get("/health", response=Health, auth=None, summary="Whether the API works")
def health(request: HttpRequest) -> dict[str, str]:
    """ok when the portal answers and its database does; a problem with status 503 otherwise."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {"status": "ok"}
