"""GET /me, /users/{id} and the Sent Items of a mailbox.

https://learn.microsoft.com/graph/api/user-get, https://learn.microsoft.com/graph/api/user-list-messages
"""

import re

from aiohttp import web

from sandbox.context import CONTEXT
from sandbox.graph import access
from sandbox.graph.errors import GraphError
from sandbox.graph.faults import status_error
from sandbox.mailroom import Mail
from sandbox.misbehave import drop, linger
from sandbox.world import Person

_FILTER = re.compile(r"internetMessageId eq '((?:[^']|'')*)'")
_FOLDERS = {"sentitems", "sent items"}


async def profile(request: web.Request) -> web.Response:
    """The person, or with $select only the named properties."""
    caller = access.caller(request)
    request.app[CONTEXT].requests["graph.me"] += 1
    wanted = request.match_info.get("user")
    if wanted is None and caller.person is None:
        raise GraphError(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
    person = caller.person if wanted is None else request.app[CONTEXT].world.person(wanted)
    await _misbehave(request, "graph.me", person)
    if person is None or person.directory != caller.directory_id:
        raise GraphError(404, "Request_ResourceNotFound", f"Resource '{wanted}' does not exist.")
    rights = (
        {"User.Read", "User.Read.All", "User.ReadBasic.All"} if person == caller.person else {"User.Read.All"}
    )
    if not caller.rights & rights:
        raise GraphError(
            403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
        )
    return web.json_response(_selected(request, _properties(person)))


def _properties(person: Person) -> dict[str, object]:
    given, _, surname = person.name.partition(" ")
    return {
        "businessPhones": [],
        "displayName": person.name,
        "givenName": given,
        "jobTitle": None,
        "mail": person.address if person.mailbox else None,
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
        "surname": surname or None,
        "userPrincipalName": person.address,
        "id": person.id,
    }


def _selected(request: web.Request, properties: dict[str, object]) -> dict[str, object]:
    context = f"{request.app[CONTEXT].graph_url}/v1.0/$metadata#users"
    names = [each.strip() for each in request.query.get("$select", "").split(",") if each.strip()]
    unknown = [name for name in names if name not in properties]
    if unknown:
        message = f"Could not find a property named '{unknown[0]}' on type 'microsoft.graph.user'."
        raise GraphError(400, "BadRequest", message)
    chosen = {name: properties[name] for name in names} or properties
    only = f"({','.join(names)})" if names else ""
    return {"@odata.context": f"{context}{only}/$entity", **chosen}


async def sent_items(request: web.Request) -> web.Response:
    """Copies in Sent Items, optionally `$filter=internetMessageId eq '<…>'`. Needs Mail.Read or Mail.ReadWrite."""
    caller = access.caller(request)
    request.app[CONTEXT].requests["graph.find"] += 1
    owner = access.mailbox(request, caller)
    access.check_mailbox(
        caller,
        owner,
        own=("Mail.Read", "Mail.ReadWrite"),
        shared=("Mail.Read.Shared", "Mail.ReadWrite.Shared"),
    )
    if request.match_info["folder"].casefold() not in _FOLDERS:
        raise GraphError(404, "ErrorItemNotFound", "The specified folder was not found in the store.")
    await _misbehave(request, "graph.find", owner)
    found = request.app[CONTEXT].mailroom.sent_items(owner.address, _message_id(request))
    top = request.query.get("$top", "10")
    limit = int(top) if top.isdigit() else 10
    url = f"{request.app[CONTEXT].graph_url}/v1.0/$metadata#users('{owner.id}')/mailFolders('sentitems')/messages"
    return web.json_response({"@odata.context": url, "value": [_message(mail) for mail in found[:limit]]})


def _message_id(request: web.Request) -> str:
    text = request.query.get("$filter", "")
    if not text:
        return ""
    match = _FILTER.fullmatch(text.strip())
    if not match:
        raise GraphError(
            400, "ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes."
        )
    return match[1].replace("''", "'")


def _message(mail: Mail) -> dict[str, object]:
    sent_at = mail.received_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "id": mail.id,
        "internetMessageId": mail.message_id,
        "subject": mail.subject,
        "isDraft": False,
        "sentDateTime": sent_at,
        "createdDateTime": sent_at,
    }


async def _misbehave(request: web.Request, where: str, owner: Person | None) -> None:
    fault = request.app[CONTEXT].faults.take(where, owner.address if owner else None)
    await linger(fault)
    if fault is None or not fault.acts:
        return
    if fault.drops:
        await drop(request, fault)
    raise status_error(fault)
