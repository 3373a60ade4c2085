"""The mail that arrived: a list, each message, its HTML in a frame that can do nothing, its attachments."""

import re

import nh3
from aiohttp import web

from sandbox.context import CONTEXT
from sandbox.mailroom import Mail
from sandbox.pages.html import Html, el
from sandbox.pages.layout import HEADERS, facts, page, table
from sandbox.pages.reading import Message, read

# Cleaned HTML is shown by itself: no scripts, forms, plugins, and nothing fetched from anywhere.
_FRAME_POLICY = (
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
)
_RAW_SHOWN_BYTES = 100_000
_SCHEMES = {"http", "https", "mailto", "data"}
_CID = re.compile(r"(?i)(src\s*=\s*[\"']?)cid:([^\"'\s>]+)")


async def listing(request: web.Request) -> web.Response:
    found = request.app[CONTEXT].mailroom.found(to=request.query.get("to", ""))
    rows = [
        [
            el("a", mail.subject or "(no subject)", href=f"/mail/{mail.id}"),
            mail.mailbox or mail.mail_from or "<>",
            ", ".join(each.address for each in mail.recipients),
            mail.via,
            f"{mail.received_at:%Y-%m-%d %H:%M:%S} UTC",
        ]
        for mail in found
    ]
    if not rows:
        return page(
            "Mail", el("p", "Nothing has arrived yet. Reload this page after a send.", class_="quiet")
        )
    return page("Mail", table(["Subject", "From mailbox", "To", "By", "Arrived"], rows))


async def message(request: web.Request) -> web.Response:
    mail, raw = _found(request)
    parsed = read(raw)
    cut = len(raw) > _RAW_SHOWN_BYTES
    return page(
        mail.subject or "(no subject)",
        _envelope(mail),
        el("h2", "Text") if parsed.text else None,
        parsed.text and el("pre", parsed.text),
        _frame(mail, parsed),
        _attachments(mail, parsed),
        el("h2", "Source"),
        el(
            "p",
            el("a", "The raw bytes", href=f"/_sandbox/mail/{mail.id}/raw"),
            f", {len(raw)} bytes",
            class_="quiet",
        ),
        el("pre", raw[:_RAW_SHOWN_BYTES].decode("utf-8", "replace"), cut and "\n(cut here)"),
    )


def _envelope(mail: Mail) -> Html:
    rows = [
        ["Arrived", f"{mail.received_at:%Y-%m-%d %H:%M:%S} UTC by {mail.via}"],
        ["Signed in as", mail.mailbox or "nobody"],
        ["Envelope sender", mail.mail_from or "<>"],
        *([f"Envelope recipient ({each.kind})", each.address] for each in mail.recipients),
        ["Message-ID", mail.message_id],
    ]
    return facts(rows)


def _frame(mail: Mail, parsed: Message) -> list[Html]:
    if not parsed.html:
        return []
    frame = el("iframe", sandbox=True, src=f"/mail/{mail.id}/html", title="The message's HTML")
    return [el("h2", "HTML"), frame]


def _attachments(mail: Mail, parsed: Message) -> list[Html]:
    if not parsed.attachments:
        return []
    items = [
        el(
            "li",
            el("a", each.name, href=f"/mail/{mail.id}/attachments/{number}"),
            f" {each.type}, {len(each.content)} bytes",
        )
        for number, each in enumerate(parsed.attachments)
    ]
    return [el("h2", "Attachments"), el("ul", items)]


async def html_part(request: web.Request) -> web.Response:
    """The cleaned HTML as a document of its own, which the browser isolates from everything."""
    parsed = read(_found(request)[1])
    with_images = _CID.sub(lambda match: match[1] + parsed.inline.get(match[2], ""), parsed.html)
    clean = nh3.clean(with_images, url_schemes=_SCHEMES, attribute_filter=_local_images)
    text = f"<!doctype html><meta charset=utf-8><title>Message</title>{clean}"
    headers = {**HEADERS, "Content-Security-Policy": _FRAME_POLICY}
    return web.Response(text=text, content_type="text/html", headers=headers)


def _local_images(tag: str, attribute: str, value: str) -> str | None:
    """Images that came with the message, not those a sender would count our opening with."""
    fetched = tag == "img" and attribute == "src" and not value.startswith("data:image/")
    return None if fetched else value


async def attachment(request: web.Request) -> web.Response:
    parts, number = read(_found(request)[1]).attachments, int(request.match_info["number"])
    if number >= len(parts):
        raise web.HTTPNotFound
    name = re.sub(r"[^\w.() -]", "_", parts[number].name, flags=re.ASCII)
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=parts[number].content, content_type="application/octet-stream", headers=headers)


def _found(request: web.Request) -> tuple[Mail, bytes]:
    mailroom, id_ = request.app[CONTEXT].mailroom, request.match_info["id"]
    mail = mailroom.one(id_)
    if mail is None:
        raise web.HTTPNotFound
    return mail, mailroom.raw(id_)
