"""One app registration on the first page: what to copy from it, and what can be added to it."""

from sandbox.context import Context
from sandbox.entra import assertion
from sandbox.pages.html import Html, el
from sandbox.pages.layout import code, facts
from sandbox.world import AppRegistration, GoogleApp


def card(context: Context, app: AppRegistration) -> Html:
    directory = context.world.directory(app.directory)
    working = [secret.value for secret in app.secrets if not secret.expired]
    ended = [secret for secret in app.secrets if secret.expired]
    rows = [
        ["Directory (tenant) ID", code(app.directory)],
        ["Application (client) ID", code(app.client_id)],
        ["Client secret value", [el("div", code(each)) for each in working]],
        [
            "Secret that has ended",
            [el("div", code(each.value), f" (ended {each.expires_on:%-d %B %Y})") for each in ended],
        ],
        ["Redirect addresses", [el("div", code(uri)) for uri in context.redirect_uris(app.client_id)]],
        ["Certificates", [el("div", code(each)) for each in _thumbprints(context, app)] or "none"],
        ["Delegated permissions", ", ".join(app.delegated)],
        ["Application permissions", ", ".join((*app.graph_roles, *app.outlook_roles))],
    ]
    title = f"{directory.name}: {app.name}"
    return el("section", el("h3", title), facts(rows), _redirect_uri(app), _certificate(app), class_="card")


def google_card(context: Context, app: GoogleApp) -> Html:
    rows = [
        ["Client ID", code(app.client_id)],
        ["Client secret", code(app.secret)],
        ["Publishing status", app.publishing + (f" ({app.organisation})" if app.organisation else "")],
        ["Test users", ", ".join(app.test_users) or "none"],
        ["Redirect addresses", [el("div", code(uri)) for uri in context.google_redirect_uris(app)]],
    ]
    return el("section", el("h3", f"Google: {app.name}"), facts(rows), _redirect_uri(app), class_="card")


def _thumbprints(context: Context, app: AppRegistration) -> list[str]:
    return [assertion.thumbprint(pem) for pem in context.grants.certificates(app.client_id)]


def _redirect_uri(app: AppRegistration | GoogleApp) -> Html:
    name = f"uri-{app.client_id}"
    return el(
        "form",
        el("label", "Add a redirect address", for_=name),
        el("input", name="uri", id=name, type="url", required=True),
        el("div", el("button", "Add address"), class_="actions"),
        method="post",
        action=f"/registrations/{app.client_id}/redirect-uris",
    )


def _certificate(app: AppRegistration) -> Html:
    text, file = f"pem-{app.client_id}", f"cer-{app.client_id}"
    return el(
        "form",
        el("label", "Add a certificate: its PEM text", for_=text),
        el("textarea", name="pem", id=text, rows=3),
        el("label", "or its .cer or .pem file", for_=file),
        el("input", name="file", id=file, type="file", accept=".cer,.crt,.der,.pem"),
        el("div", el("button", "Add certificate"), class_="actions"),
        method="post",
        enctype="multipart/form-data",
        action=f"/registrations/{app.client_id}/certificates",
    )
