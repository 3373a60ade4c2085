"""The people whom a key is for, whether their mail works, and by which way it goes."""

from typing import Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from accounts.models import Membership
from api import keys
from api.problems import Problem
from api.scopes import Scope
from api.v1 import mistakes
from api.v1.auth import Key
from api.v1.shapes import Strict
from core.keyset import stretch
from sender.routing import NoRoute, Refused, route

router = Router(tags=["people"])

MailState = Literal["works", "attention", "never"]


class PersonOut(Schema):
    id: UUID
    address: str
    name: str
    role: Literal["admin", "support", "user"]
    mail_state: MailState = Field(
        description="works; attention: something is to be mended; never: not set up."
    )
    method: str = Field(description="The way the mail goes; empty where there is none.")


class PeopleList(Schema):
    people: list[PersonOut] = Field(description="Who came last is first.")
    before: UUID | None = Field(description="Ask with `before` for the next page; null at the end.")


class RungOut(Schema):
    method: str
    cause: str
    reason: str


class RouteOut(Schema):
    method: str
    account: str = Field(description="What the portal signs in as; empty without a sign-in.")
    from_address: str
    from_name: str
    reply_to: str
    reason: str


class PersonDetail(PersonOut):
    route: RouteOut | None = Field(description="The way mail goes now; null where there is none.")
    passed_over: list[RungOut] = Field(description="Ways that do not work for this person, and why.")


class Filter(Strict):
    mail_state: MailState | None = None
    before: UUID | None = Field(None, description="The id to go on with.")
    limit: int = Field(50, ge=1, le=100)


@router.get("/people", response=PeopleList, auth=Key(Scope.PEOPLE), summary="List people")
def listed(request: HttpRequest, wanted: Query[Filter]) -> dict[str, object]:
    mistakes.check_query(request, Filter)
    rows = keys.people_of(request.auth)
    if wanted.mail_state:
        rows = rows.filter(mail_state=wanted.mail_state)
    found = stretch(rows, {"before": str(wanted.before or "")}, wanted.limit)
    return {"people": [_plain(each) for each in found.rows], "before": found.older}


@router.get("/people/{address}", response=PersonDetail, auth=Key(Scope.PEOPLE), summary="Look at a person")
def person(request: HttpRequest, address: str) -> dict[str, object]:
    """By address: with the way this person’s mail goes now, or why there is none."""
    found = keys.person(request.auth, address)
    if found is None:
        raise Problem(404, _("There is nobody with this address, or not for this key."))
    try:
        way = route(found)
    except NoRoute as error:
        return _plain(found) | {"route": None, "passed_over": _rungs(error.refused)}
    return _plain(found) | {"route": way, "passed_over": _rungs(way.refused)}


def _plain(person: Membership) -> dict[str, object]:
    return {
        "id": person.pk,
        "address": person.user.email,
        "name": person.user.name,
        "role": person.role,
        "mail_state": person.mail_state,
        "method": person.mail_method,
    }


def _rungs(refused: list[Refused]) -> list[dict[str, str]]:
    return [{"method": rung.method, "cause": rung.cause, "reason": str(rung.reason)} for rung in refused]
