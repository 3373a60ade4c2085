"""The addresses below /_sandbox: for tests and curious people, with JSON in and out."""

import json

from aiohttp import web

from sandbox.context import CONTEXT
from sandbox.entra import assertion
from sandbox.faults import Fault


async def faults(request: web.Request) -> web.Response:
    waiting = request.app[CONTEXT].faults.waiting()
    return web.json_response([{"id": id_, **fault.as_json()} for id_, fault in waiting])


async def add_fault(request: web.Request) -> web.Response:
    """201 with the fault's id; 400 with a sentence when it is not one."""
    try:
        fault = Fault.from_json(await _json(request))
    except ValueError as problem:
        return _bad(str(problem))
    return web.json_response({"id": request.app[CONTEXT].faults.add(fault)}, status=201)


async def clear_faults(request: web.Request) -> web.Response:
    request.app[CONTEXT].faults.clear()
    return web.Response(status=204)


async def mail(request: web.Request) -> web.Response:
    """Newest first, narrowed by the query's `to`, `subject`, `message_id`."""
    wanted = {name: request.query.get(name, "") for name in ("to", "subject", "message_id")}
    return web.json_response([each.as_json() for each in request.app[CONTEXT].mailroom.found(**wanted)])


async def clear_mail(request: web.Request) -> web.Response:
    request.app[CONTEXT].mailroom.clear()
    return web.Response(status=204)


async def raw(request: web.Request) -> web.Response:
    """The bytes that recipients got."""
    return _message(request.app[CONTEXT].mailroom.raw(request.match_info["id"]))


async def sent(request: web.Request) -> web.Response:
    """The bytes in the sender's Sent Items; 404 when no copy was kept."""
    return _message(request.app[CONTEXT].mailroom.sent_raw(request.match_info["id"]))


async def drafts(request: web.Request) -> web.Response:
    """The ids of what lies unsent in the query's `mailbox`."""
    waiting = request.app[CONTEXT].drafts.of(request.query.get("mailbox", ""))
    return web.json_response([each.id for each in waiting])


async def requests(request: web.Request) -> web.Response:
    """Counters since the start or the last reset, such as token.refresh_token, graph.send, smtp.session."""
    return web.json_response(dict(request.app[CONTEXT].requests))


async def add_redirect_uri(request: web.Request) -> web.Response:
    try:
        data = await _json(request)
        client_id, uri = data["client_id"], data["uri"]
    except (ValueError, KeyError, TypeError):
        return _bad('Send {"client_id": "…", "uri": "…"}.')
    world = request.app[CONTEXT].world
    if not world.app(client_id) and not world.google_app(client_id):
        return _bad("There is no registration with this client ID.")
    request.app[CONTEXT].grants.add_redirect_uri(client_id, uri)
    return web.Response(status=204)


async def add_certificate(request: web.Request) -> web.Response:
    try:
        data = await _json(request)
        client_id, pem = data["client_id"], assertion.normal(data["pem"])
    except (KeyError, TypeError, AttributeError):
        return _bad('Send {"client_id": "…", "pem": "…"}.')
    except ValueError as problem:
        return _bad(str(problem))
    if not request.app[CONTEXT].world.app(client_id):
        return _bad("There is no registration with this client ID.")
    request.app[CONTEXT].grants.add_certificate(client_id, pem)
    return web.Response(status=204)


async def revoke(request: web.Request) -> web.Response:
    """End a person's refresh tokens, as an administrator's "revoke sessions" does."""
    try:
        person = request.app[CONTEXT].world.person((await _json(request))["user"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return _bad('Send {"user": "address"}.')
    if person is None:
        return _bad("There is no such person here.")
    request.app[CONTEXT].grants.revoke(person.id)
    return web.Response(status=204)


async def age(request: web.Request) -> web.Response:
    """Let days pass for a person's refresh tokens, as for Google's apps in testing."""
    try:
        data = await _json(request)
        person, days = request.app[CONTEXT].world.person(data["user"]), float(data["days"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return _bad('Send {"user": "address", "days": 7.5}.')
    if person is None:
        return _bad("There is no such person here.")
    request.app[CONTEXT].grants.age(person.id, days)
    return web.Response(status=204)


async def reset(request: web.Request) -> web.Response:
    """Forget mail, drafts, faults, consents, tokens, added redirect addresses and counters."""
    context = request.app[CONTEXT]
    context.mailroom.clear()
    context.faults.clear()
    context.grants.forget()
    context.requests.clear()
    context.sent_at.clear()
    context.drafts.clear()
    context.lockout.forget()
    return web.Response(status=204)


async def _json(request: web.Request) -> object:
    try:
        return json.loads(await request.read())
    except ValueError:
        raise ValueError("Send JSON.") from None


def _bad(problem: str) -> web.Response:
    return web.json_response({"error": problem}, status=400)


def _message(content: bytes | None) -> web.Response:
    if content is None:
        return web.Response(status=404)
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}
    return web.Response(body=content, content_type="text/plain", headers=headers)
