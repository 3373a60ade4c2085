"""The first page: the world with everything a person needs to fill in the portal's forms, and the faults."""

from aiohttp import web

from sandbox.context import CONTEXT, Context
from sandbox.entra import assertion
from sandbox.faults import ACTIONS, PLACES, Fault
from sandbox.pages import registration
from sandbox.pages.html import Html, el
from sandbox.pages.layout import HEADERS, code, page, table
from sandbox.world import Directory

_FAULT_FIELDS = ("where", "times", "mailbox", "status", "code", "retry_after", "reply", "error", "action", "seconds",
                 "delay_ms", "per_minute")  # fmt: skip
_NUMBERS = {"times": int, "status": int, "seconds": float, "delay_ms": int, "per_minute": int}


async def home(request: web.Request, problem: str = "") -> web.Response:
    context = request.app[CONTEXT]
    return page(
        "The sandbox's world",
        problem and el("p", problem, class_="warn card", role="alert"),
        el(
            "p",
            "A small Microsoft, a small Google and mail servers for the demo and the tests. Everybody here is"
            " invented, and mail goes no further than ",
            el("a", "the mail page", href="/mail"),
            ".",
        ),
        el("h2", "Servers"),
        _servers(context),
        el("h2", "App registrations"),
        [registration.card(context, app) for app in context.world.apps],
        [registration.google_card(context, app) for app in context.world.google_apps],
        el("h2", "People"),
        [_people(context, directory) for directory in (*context.world.directories, None)],
        el("h2", "Faults"),
        _faults(context),
        status=400 if problem else 200,
    )


def _servers(context: Context) -> Html:
    ports = context.ports
    return table(
        ["Server", "Host", "Port", "Security"],
        [
            ["Exchange Online, Gmail", code("localhost"), code(ports.starttls), "STARTTLS"],
            ["Exchange Online, Gmail", code("localhost"), code(ports.tls), "TLS"],
            ["Old relay, no sign-in", code("localhost"), code(ports.relay), "none"],
        ],
    )


def _people(context: Context, directory: Directory | None) -> Html:
    people = context.world.people_of(directory.id if directory else "")
    heads = ["Name", "Address", "Password", "Role", "Special"]
    rows = [
        [
            each.name,
            code(each.address),
            (
                each.password and code(each.password),
                each.app_password and [" app password ", code(each.app_password)],
            ),
            each.role,
            each.note,
        ]
        for each in people
    ]
    title = f"{directory.name} ({directory.domain})" if directory else "Elsewhere, with Google accounts"
    return el("section", el("h3", title), directory and el("p", code(directory.id)), table(heads, rows))


def _faults(context: Context) -> Html:
    waiting = context.faults.waiting()
    rows = [
        [str(id_), ", ".join(f"{key}={value}" for key, value in fault.as_json().items())]
        for id_, fault in waiting
    ]
    clear = el(
        "form", el("button", "Clear all faults"), method="post", action="/faults/clear", class_="actions"
    )
    places = [el("option", f"{place} - {meaning}", value=place) for place, meaning in PLACES.items()]
    actions = [el("option", f"{name} - {meaning}", value=name) for name, meaning in ACTIONS.items()]
    selects = {"where": places, "action": [el("option", "none", value=""), *actions]}
    fields = [_field(name, selects.get(name)) for name in _FAULT_FIELDS]
    button = el("div", el("button", "Add fault", class_="primary"), class_="actions")
    form = el("form", fields, button, method="post", action="/faults")
    shown = (
        table(["No.", "Fault"], rows)
        if rows
        else el("p", "Nothing goes wrong on purpose now.", class_="quiet")
    )
    return el(
        "section", shown, rows and clear, el("details", el("summary", "Add a fault"), form), class_="card"
    )


def _field(name: str, options: list[Html] | None) -> Html:
    label = el("label", name, for_=f"fault-{name}")
    if options:
        return el("div", label, el("select", options, name=name, id=f"fault-{name}"))
    return el("div", label, el("input", name=name, id=f"fault-{name}"))


async def add_fault(request: web.Request) -> web.Response:
    """The form's way to a fault: empty fields do not count."""
    given = {name: str(value).strip() for name, value in (await request.post()).items() if str(value).strip()}
    try:
        fault = Fault.from_json({name: _NUMBERS.get(name, str)(value) for name, value in given.items()})
    except ValueError as problem:
        return await home(request, str(problem))
    request.app[CONTEXT].faults.add(fault)
    return _see_other("/")


async def clear_faults(request: web.Request) -> web.Response:
    request.app[CONTEXT].faults.clear()
    return _see_other("/")


async def add_redirect_uri(request: web.Request) -> web.Response:
    context, client_id = request.app[CONTEXT], request.match_info["client_id"]
    uri = str((await request.post()).get("uri", "")).strip()
    if not uri.startswith(("https://", "http://localhost:", "http://localhost/")):
        return await home(request, "A redirect address starts with https:// or http://localhost.")
    if not context.world.app(client_id) and not context.world.google_app(client_id):
        raise web.HTTPNotFound
    context.grants.add_redirect_uri(client_id, uri)
    return _see_other("/")


async def add_certificate(request: web.Request) -> web.Response:
    """The public part only, as at Microsoft: pasted, or as a file."""
    context, client_id = request.app[CONTEXT], request.match_info["client_id"]
    form = await request.post()
    given = form.get("pem") or form.get("file") or ""
    try:
        pem = assertion.normal(given.file.read() if isinstance(given, web.FileField) else given)
    except ValueError as problem:
        return await home(request, str(problem))
    if not context.world.app(client_id):
        raise web.HTTPNotFound
    context.grants.add_certificate(client_id, pem)
    return _see_other("/")


def _see_other(path: str) -> web.Response:
    return web.Response(status=303, headers={**HEADERS, "Location": path})
