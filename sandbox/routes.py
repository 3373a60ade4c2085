"""Every https address of the sandbox."""

from aiohttp import web

from sandbox import control
from sandbox.context import CONTEXT, Context
from sandbox.entra import admin_consent, authorize, discovery, realm, token
from sandbox.google import authorize as google_authorize
from sandbox.google import gmail
from sandbox.google import token as google_token
from sandbox.graph import applications, drafts, reads, send, upload
from sandbox.graph.errors import answer_errors
from sandbox.pages import home, layout, mail

_REQUEST_LIMIT_BYTES = 64 * 1024 * 1024


def application(context: Context) -> web.Application:
    app = web.Application(middlewares=[answer_errors], client_max_size=_REQUEST_LIMIT_BYTES)
    app[CONTEXT] = context
    app.add_routes([*_pages(), *_control(), *_graph(), *_google(), *_entra()])
    return app


def _pages() -> list[web.RouteDef]:
    return [
        web.get("/", home.home),
        web.post("/registrations/{client_id}/redirect-uris", home.add_redirect_uri),
        web.post("/registrations/{client_id}/certificates", home.add_certificate),
        web.post("/faults", home.add_fault),
        web.post("/faults/clear", home.clear_faults),
        web.get("/style.css", layout.style),
        web.get("/mail", mail.listing),
        web.get("/mail/{id}", mail.message),
        web.get("/mail/{id}/html", mail.html_part),
        web.get("/mail/{id}/attachments/{number:[0-9]+}", mail.attachment),
    ]


def _control() -> list[web.RouteDef]:
    return [
        web.get("/_sandbox/faults", control.faults),
        web.post("/_sandbox/faults", control.add_fault),
        web.delete("/_sandbox/faults", control.clear_faults),
        web.get("/_sandbox/mail", control.mail),
        web.delete("/_sandbox/mail", control.clear_mail),
        web.get("/_sandbox/mail/{id}/raw", control.raw),
        web.get("/_sandbox/mail/{id}/sent", control.sent),
        web.get("/_sandbox/drafts", control.drafts),
        web.get("/_sandbox/requests", control.requests),
        web.post("/_sandbox/redirect-uris", control.add_redirect_uri),
        web.post("/_sandbox/certificates", control.add_certificate),
        web.post("/_sandbox/revoke", control.revoke),
        web.post("/_sandbox/age", control.age),
        web.post("/_sandbox/reset", control.reset),
    ]


def _graph() -> list[web.RouteDef]:
    base = "/graph/v1.0"
    owners = (f"{base}/me", f"{base}/users/{{user}}")
    return [
        *(route for owner in owners for route in _drafts(f"{owner}/messages")),
        web.put("/outlook/uploads/{upload}", upload.put),
        web.get("/outlook/uploads/{upload}", upload.status),
        web.delete("/outlook/uploads/{upload}", upload.cancel),
        web.get(f"{base}/applications(appId='{{client_id}}')", applications.application),
        web.get(f"{base}/me", reads.profile),
        web.get(f"{base}/users/{{user}}", reads.profile),
        web.post(f"{base}/me/sendMail", send.send_mail),
        web.post(f"{base}/users/{{user}}/sendMail", send.send_mail),
        web.get(f"{base}/me/mailFolders/{{folder}}/messages", reads.sent_items),
        web.get(f"{base}/users/{{user}}/mailFolders/{{folder}}/messages", reads.sent_items),
    ]


def _drafts(base: str) -> list[web.RouteDef]:
    return [
        web.post(base, drafts.create),
        web.get(f"{base}/{{draft}}", drafts.read),
        web.delete(f"{base}/{{draft}}", drafts.delete),
        web.post(f"{base}/{{draft}}/attachments", drafts.attach),
        web.post(f"{base}/{{draft}}/attachments/createUploadSession", upload.begin),
        web.post(f"{base}/{{draft}}/send", drafts.send_draft),
    ]


def _google() -> list[web.RouteDef]:
    send = "gmail/v1/users/{user}/messages/send"
    return [
        web.get("/google/o/oauth2/v2/auth", google_authorize.authorize),
        web.post("/google/o/oauth2/v2/auth", google_authorize.authorize),
        web.post("/google/token", google_token.token),
        web.post("/google/revoke", google_token.revoke),
        web.get("/google/oauth2/v3/certs", google_token.keys),
        web.get("/google/v1/userinfo", google_token.userinfo),
        web.post(f"/google/{send}", gmail.send),
        web.post(f"/google/upload/{send}", gmail.send),
    ]


def _entra() -> list[web.RouteDef]:
    return [
        web.get("/common/userrealm/{user}", realm.user_realm),
        web.get("/{tenant}/v2.0/.well-known/openid-configuration", discovery.configuration),
        web.get("/{tenant}/discovery/v2.0/keys", discovery.keys),
        web.get("/{tenant}/oauth2/v2.0/authorize", authorize.authorize),
        web.post("/{tenant}/oauth2/v2.0/authorize", authorize.authorize),
        web.post("/{tenant}/oauth2/v2.0/token", token.token),
        web.get("/{tenant}/oauth2/v2.0/logout", authorize.logout),
        web.get("/{tenant}/v2.0/adminconsent", admin_consent.admin_consent),
        web.post("/{tenant}/v2.0/adminconsent", admin_consent.admin_consent),
    ]
