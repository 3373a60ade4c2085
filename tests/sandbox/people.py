"""A person's browser and a company's application at the sandbox, made of requests and msal."""

import base64
import re
import ssl
from html import unescape
from urllib.parse import parse_qs, urlsplit

import msal
import requests

from sandbox import world
from sandbox.server import Sandbox

WORLD = world.load()
NORDIC, BALTIC, ARCHIVE, CUSTOMS, *_OTHERS = WORLD.apps
CALLBACK = NORDIC.redirect_uris[0]
SECRET = NORDIC.secrets[0].value
MAIL = ["Mail.Send", "User.Read"]
ULLA = "ulla.user@nordicfreight.example"
SAM = "sam.support@nordicfreight.example"
INVOICES = "invoices@nordicfreight.example"


def address(name: str) -> str:
    """`ulla.user` of Nordic Freight."""
    return f"{name}@nordicfreight.example"


def query_of(url: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}


class Visitor:
    """Signs in, gives consent and asks for tokens."""

    def __init__(self, sandbox: Sandbox):
        self.sandbox = sandbox
        self.tls = ssl.create_default_context(cafile=str(sandbox.ca_file))
        self.web = requests.Session()
        self.web.trust_env, self.web.verify = False, str(sandbox.ca_file)

    def url(self, path: str) -> str:
        return self.sandbox.authority_url + path

    def app(self, tenant: str = NORDIC.directory, client_id: str = NORDIC.client_id, secret: str = SECRET):
        """A real MSAL application with a token cache of its own."""
        return msal.ConfidentialClientApplication(
            client_id,
            authority=self.url(f"/{tenant}"),
            client_credential=secret,
            instance_discovery=False,
            azure_region=False,
            http_client=self._msal_session(),
        )

    def _msal_session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env, session.verify = False, str(self.sandbox.ca_file)
        return session

    def authorize_url(self, tenant: str = NORDIC.directory, **changed: str) -> str:
        fields = {
            "client_id": NORDIC.client_id,
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": "openid profile offline_access Mail.Send User.Read",
            "state": "state-1",
        }
        given = {key: value for key, value in {**fields, **changed}.items() if value}
        return (
            requests.Request("GET", self.url(f"/{tenant}/oauth2/v2.0/authorize"), params=given).prepare().url
        )

    def press(self, url: str, **form: str) -> requests.Response:
        """Send a sign-in page's form; the redirect back is not followed."""
        return self.web.post(url, data=form, allow_redirects=False)

    def sign_in(self, url: str, person: str = ULLA, answer: str = "accept") -> dict[str, str]:
        """Pick the person, answer the page that follows if there is one; returns what the callback would get."""
        reply = self.press(url, person=person)
        if reply.status_code == 200:
            reply = self.press(url, person=person, answer=answer)
        assert reply.status_code == 302, text_of(reply)
        return query_of(reply.headers["Location"])

    def code(self, person: str = ULLA, **changed: str) -> str:
        return self.sign_in(self.authorize_url(**changed), person)["code"]

    def token(self, tenant: str = NORDIC.directory, **form: str) -> requests.Response:
        """A token request by hand, with the client's id and secret unless changed; empty fields are left out."""
        fields = {"client_id": NORDIC.client_id, "client_secret": SECRET, **form}
        given = {key: value for key, value in fields.items() if value}
        return self.web.post(self.url(f"/{tenant}/oauth2/v2.0/token"), data=given)

    def redeem(self, code: str, **changed: str) -> requests.Response:
        return self.token(
            **{"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **changed}
        )

    def tokens(
        self, person: str = ULLA, scope: str = "openid profile offline_access Mail.Send User.Read"
    ) -> dict:
        return self.redeem(self.code(person, scope=scope)).json()

    def access_token(self, person: str = ULLA, *scopes: str) -> str:
        wanted = " ".join(scopes or MAIL)
        return self.tokens(person, f"openid offline_access {wanted}")["access_token"]

    def app_token(self, resource: str = "graph", app: world.AppRegistration = NORDIC) -> str:
        reply = self.token(
            app.directory,
            client_id=app.client_id,
            client_secret=app.secrets[0].value,
            grant_type="client_credentials",
            scope=self.url(f"/{resource}/.default"),
        )
        return reply.json()["access_token"]

    def graph(self, method: str, path: str, token: str = "", **more) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"{self.sandbox.graph_url}/v1.0{path}"
        return self.web.request(method, url, headers=headers | more.pop("headers", {}), **more)

    def send(self, token: str, raw: bytes, path: str = "/me/sendMail", **headers: str) -> requests.Response:
        """POST a MIME message."""
        content = {"Content-Type": "text/plain", **headers}
        return self.graph("POST", path, token, data=base64.b64encode(raw), headers=content)


def text_of(page: requests.Response) -> str:
    """A page's words without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def problem(reply: requests.Response) -> tuple[int, str, str]:
    """(HTTP status, error, AADSTS code) of the token endpoint's answer."""
    body = reply.json()
    return reply.status_code, body["error"], body["error_description"].partition(":")[0]


def letter(
    sender: str = ULLA, to: str = "kunde@example.com", subject: str = "Hello", **headers: str
) -> bytes:
    """A small message with CRLF line ends."""
    fields = {
        "From": sender,
        "To": to,
        "Subject": subject,
        "Message_ID": "<1@nordicfreight.example>",
        **headers,
    }
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items() if value)
    return (head + "\r\nText.\r\n").encode()
