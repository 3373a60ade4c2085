"""The frame around every page, its style sheet and its headers."""

from pathlib import Path

from aiohttp import web

from sandbox.pages.html import Html, el, join

# No form-action: Chromium would hold it against the redirect back to the portal after a sign-in form.
POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_STYLE = Path(__file__).with_name("style.css")


def page(title: str, *content: object, status: int = 200, narrow: bool = False) -> web.Response:
    """A whole page. `narrow` is for sign-in pages, which have no links to the sandbox's other pages."""
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", f"{title} - sandbox"),
        el("link", rel="stylesheet", href="/style.css"),
    )
    body = el(
        "body", _banner(narrow), el("main", el("h1", title), *content, class_="narrow" if narrow else None)
    )
    text = join(Html("<!doctype html>"), el("html", head, body, lang="en"))
    return web.Response(text=text, content_type="text/html", status=status, headers=HEADERS)


def _banner(narrow: bool) -> Html:
    if narrow:
        return el(
            "header", el("strong", "Sandbox sign-in"), el("span", "Nobody here is real.", class_="quiet")
        )
    links = [el("a", label, href=href) for label, href in (("World", "/"), ("Mail", "/mail"))]
    return el("header", el("strong", "Postroom sandbox"), el("nav", *links))


def table(heads: list[str], rows: list[list[object]]) -> Html:
    """A table that turns into cards on a narrow screen; each cell knows its head."""
    head = el("tr", [el("th", each, scope="col") for each in heads])
    body = [
        el("tr", [el("td", cell, data_label=label) for label, cell in zip(heads, row, strict=True)])
        for row in rows
    ]
    return el("table", el("thead", head), el("tbody", body))


def facts(rows: list[list[object]]) -> Html:
    """Names beside their values."""
    return el("dl", [[el("dt", name), el("dd", value)] for name, value in rows])


def code(text: object) -> Html:
    return el("code", text)


async def style(_: web.Request) -> web.Response:
    return web.Response(
        body=_STYLE.read_bytes(), content_type="text/css", headers={"Cache-Control": "no-cache"}
    )
