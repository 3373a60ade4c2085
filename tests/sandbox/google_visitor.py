"""A person's browser and a company's application at the sandbox's Google."""

import base64
import hashlib
import smtplib
import ssl

import requests

from sandbox import world
from sandbox.server import Sandbox
from tests.sandbox.people import query_of

WORLD = world.load()
FJORD, TESTING, PUBLIC = WORLD.google_apps
CALLBACK = FJORD.redirect_uris[0]
SEND, MAIL = "https://www.googleapis.com/auth/gmail.send", "https://mail.google.com/"
GUSTAV = "gustav.user@fjordcargo.example"
VERIFIER = "v" * 50


class GoogleVisitor:
    """Signs in, allows what is asked, and asks for tokens."""

    def __init__(self, sandbox: Sandbox):
        self.sandbox = sandbox
        self.base = f"{sandbox.authority_url}/google"
        self.web = requests.Session()
        self.web.trust_env, self.web.verify = False, str(sandbox.ca_file)

    def ask(self, **changed: str) -> dict[str, str]:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
        return {
            "client_id": FJORD.client_id,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": f"openid email {SEND}",
            "state": "s-1",
            "nonce": "n-1",
            "access_type": "offline",
            "code_challenge": challenge.decode(),
            "code_challenge_method": "S256",
        } | changed

    def page(self, person: str = "", answer: str = "", keep: tuple[str, ...] = (SEND, MAIL), **changed: str):
        """What Google shows, or where it sends the browser."""
        form = {"person": person, "answer": answer, **dict.fromkeys(keep, "on")} if person else None
        method = "POST" if form else "GET"
        return self.web.request(
            method,
            f"{self.base}/o/oauth2/v2/auth",
            params=self.ask(**changed),
            data=form,
            allow_redirects=False,
            timeout=10,
        )

    def come_back(self, person: str = GUSTAV, **changed) -> dict[str, str]:
        """The callback's query after Continue."""
        response = self.page(person, "continue", **changed)
        assert response.status_code == 302, response.text
        return query_of(response.headers["Location"])

    def post(self, path: str, **form: str) -> requests.Response:
        return self.web.post(f"{self.base}/{path}", data=form, allow_redirects=False, timeout=10)

    def redeem(self, code: str, app: world.GoogleApp = FJORD, **changed: str) -> requests.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "client_id": app.client_id,
            "client_secret": app.secret,
            "code_verifier": VERIFIER,
        } | changed
        return self.post("token", **{name: value for name, value in form.items() if value})

    def tokens(self, person: str = GUSTAV, app: world.GoogleApp = FJORD, **changed) -> dict:
        code = self.come_back(person, client_id=app.client_id, **changed)["code"]
        response = self.redeem(code, app)
        assert response.status_code == 200, response.text
        return response.json()

    def refresh(self, token: str, app: world.GoogleApp = FJORD) -> requests.Response:
        return self.post(
            "token",
            grant_type="refresh_token",
            refresh_token=token,
            client_id=app.client_id,
            client_secret=app.secret,
        )

    def send(self, token: str, raw: bytes, user: str = "me") -> requests.Response:
        return self.web.post(
            f"{self.base}/gmail/v1/users/{user}/messages/send",
            json={"raw": base64.urlsafe_b64encode(raw).decode()},
            headers={"Authorization": f"Bearer {token}"},
            timeout=10,
        )

    def upload(self, token: str, raw: bytes) -> requests.Response:
        return self.web.post(
            f"{self.base}/upload/gmail/v1/users/me/messages/send?uploadType=media",
            data=raw,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "message/rfc822"},
            timeout=10,
        )

    def smtp(self, user: str, token: str) -> tuple[smtplib.SMTP_SSL, int, bytes, list[bytes]]:
        """The connection, the reply to AUTH XOAUTH2, and the challenges that came before it."""
        tls = ssl.create_default_context(cafile=str(self.sandbox.ca_file))
        server = smtplib.SMTP_SSL("localhost", self.sandbox.tls_port, context=tls, timeout=10)
        server.ehlo()
        text = base64.b64encode(f"user={user}\1auth=Bearer {token}\1\1".encode()).decode()
        code, reply = server.docmd("AUTH", f"XOAUTH2 {text}")
        challenges = []
        while code == 334:
            challenges.append(base64.b64decode(reply))
            code, reply = server.docmd("")
        return server, code, reply, challenges


def letter(sender: str = GUSTAV, *more: str) -> bytes:
    lines = [f"From: Gustav <{sender}>", "To: janis@customer.example", "Subject: Order 7", *more]
    return ("\r\n".join([*lines, "", "One truck, please."]) + "\r\n").encode()
