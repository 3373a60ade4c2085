"""A sign-in server on loopback that answers exactly what a test tells it, for answers a sound one never gives."""

import base64
import json
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import trustme

TENANT = "61c97ac5-6d32-4bcf-ab68-1fb342a6146e"
CLIENT = "199c0398-63f2-478d-9eb9-0b1abe4001f4"
PERSON = "7d3b0d2c-0f2c-4c7c-9d38-0a5d8e3a5a01"

Answer = tuple[int, dict[str, str], str] | Callable[[dict], tuple[int, dict[str, str], str]]


def json_answer(body: object, status: int = 200, **headers: str) -> tuple[int, dict[str, str], str]:
    return status, {"Content-Type": "application/json", **headers}, json.dumps(body)


def error_answer(error: str, code: int, status: int = 400) -> tuple[int, dict[str, str], str]:
    text = f"AADSTS{code}: Words of the server. Trace ID: 11111111-2222-4333-8444-555555555555"
    return json_answer({"error": error, "error_description": text, "error_codes": [code]}, status)


def unsigned(claims: dict) -> str:
    """A token in JWT's form without a signature; nobody here checks one."""
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + ".x"


class StubEntra:
    """`tokens` and `mes` are the coming answers of the token endpoint and of Graph's /me, the last one stays."""

    def __init__(self, directory: Path) -> None:
        self.tokens: deque[Answer] = deque()
        self.mes: deque[Answer] = deque()
        self.token_requests: list[dict] = []
        self.reset()
        authority = trustme.CA()
        self.ca_file = directory / "stub-ca.pem"
        authority.cert_pem.write_to_path(self.ca_file)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://localhost:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def reset(self) -> None:
        """Nothing queued, nothing counted; Graph has no answer, so that the ID token's name is taken."""
        self.tokens.clear()
        self.token_requests.clear()
        self.mes.clear()
        self.mes.append(json_answer({"error": {"code": "none"}}, 503))

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def write_clouds_file(self, path: Path) -> Path:
        path.write_text(
            f'[[cloud]]\nname = "stub"\nlabel = "Stub"\nauthority = "{self.url}"\n'
            f'graph = "{self.url}/graph"\nsmtp_host = "localhost"\nsmtp_port = 1\nimap_host = ""\npop_host = ""\n'
            f'mail_scope_prefix = "{self.url}/outlook/"\nca_bundle = "{self.ca_file}"\n'
        )
        return path

    @property
    def issuer(self) -> str:
        return f"{self.url}/{TENANT}/v2.0"

    def scope(self, *names: str) -> str:
        return " ".join(f"{self.url}/graph/{name}" for name in names)

    def grant(self, auth_uri: str, *, claims: dict | None = None, **changes: object) -> None:
        """Queue the tokens for the sign-in that `auth_uri` started; `claims` and `changes` spoil them."""
        nonce = parse_qs(urlsplit(auth_uri).query)["nonce"][0]
        id_token = {
            "aud": CLIENT, "iss": self.issuer, "tid": TENANT, "oid": PERSON, "sub": "s", "nonce": nonce,
            "exp": int(time.time()) + 3600, "preferred_username": "bob@people.example", "name": "Bob",
        }  # fmt: skip
        body = self.renewal("access-1", "refresh-1") | {"id_token": unsigned(id_token | (claims or {}))}
        self.tokens.clear()
        self.tokens.append(json_answer({key: value for key, value in (body | changes).items() if value}))

    def renewal(self, access_token: str, refresh_token: str, expires_in: int = 3600) -> dict:
        home = base64.urlsafe_b64encode(json.dumps({"uid": PERSON, "utid": TENANT}).encode()).decode()
        return {
            "token_type": "Bearer", "access_token": access_token, "refresh_token": refresh_token,
            "expires_in": expires_in, "scope": self.scope("Mail.Send", "User.Read"), "client_info": home,
        }  # fmt: skip


def _handler(stub: StubEntra) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/graph/v1.0/me"):
                return self._send(_next(stub.mes), {})
            base = f"{stub.url}/{TENANT}"
            self._send(
                json_answer(
                    {
                        "issuer": stub.issuer,
                        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                        "token_endpoint": f"{base}/oauth2/v2.0/token",
                    }
                ),
                {},
            )

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            stub.token_requests.append(form)
            self._send(_next(stub.tokens), form)

        def _send(self, answer: Answer, form: dict) -> None:
            status, headers, body = answer(form) if callable(answer) else answer
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body.encode()))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_args: object) -> None:
            pass

    return Handler


def _next(answers: deque[Answer]) -> Answer:
    return answers.popleft() if len(answers) > 1 else answers[0]
