"""What every answer tells the browser, and what an installation under https adds."""

import json
import subprocess
import sys

import pytest
from django.test import Client

from accounts import services
from accounts.audit import COMMAND_LINE
from tests.accounts.sign_in import sign_in
from tests.factories import make_operator
from tests.processes import ROOT, environment
from tests.safety.addresses import fill_in, is_plain
from tests.test_walk import patterns

STRICT = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
    "connect-src": "'self'",
}
# A message's own HTML, within a frame of the portal: scripts, forms and windows are off for the whole document.
FRAMED = {
    "sandbox": "",
    "default-src": "'none'",
    "img-src": "data:",
    "style-src": "'unsafe-inline'",
    "form-action": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'self'",
}


def assert_guarded(path: str, response) -> None:
    policy = dict(rule.strip().partition(" ")[::2] for rule in response["Content-Security-Policy"].split(";"))
    if path.endswith("/content/html/") and response.status_code == 200:
        assert policy == FRAMED
    else:
        assert STRICT.items() <= policy.items(), path
        assert "unsafe" not in response["Content-Security-Policy"], path
        assert response["X-Frame-Options"] == "DENY", path
    assert response["X-Content-Type-Options"] == "nosniff", path
    assert response["Referrer-Policy"] in ("same-origin", "no-referrer"), path


@pytest.mark.parametrize("who", ["nobody", "user", "admin", "stranger", "operator"])
def test_every_answer_of_every_address_is_guarded(vault, who):
    client, person = Client(), None
    if who != "nobody":
        person = make_operator() if who == "operator" else getattr(vault, who)
        sign_in(client, person)
    paths = [fill_in(route, vault) for route, _name in patterns()]
    for path in [*filter(is_plain, paths), "/nothing/", "/Alpha/nothing/", "/no-such-company/"]:
        for response in (client.get(path), client.post(path)):
            assert_guarded(path, response)
            if person and "_auth_user_id" in client.session:
                assert "no-store" in response["Cache-Control"], path
        if person and "_auth_user_id" not in client.session:  # the walk came by the button that signs out
            sign_in(client, person)


def test_an_error_page_is_guarded_and_not_kept(search, world, settings):
    settings.ROOT_URLCONF = "tests.safety.breaking_urls"
    answer = sign_in(search.client(), world.user).get("/breaks/")
    assert answer.status_code == 500
    assert_guarded("/breaks/", answer)
    assert answer["Cache-Control"] == "no-store"


def test_an_invitation_is_not_kept_by_the_browser(client, world):
    """Its address is a key, and the page names the company and the person."""
    _invitation, link = services.invite(world.company, "new@people.example", "user", COMMAND_LINE)
    answer = client.get(link.removeprefix("http://testserver"))
    assert "Alpha Ltd" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] in ("same-origin", "no-referrer")


def test_cookies_are_closed_to_scripts_and_other_sites(client, world):
    client.get("/accounts/login/")
    client.post("/accounts/login/", {"login": "bob@people.example", "password": "correct horse battery"})
    client.post("/appearance/", {"theme": "dark"})
    assert {"sessionid", "csrftoken", "theme"} <= client.cookies.keys()
    for name in ("sessionid", "csrftoken"):
        assert client.cookies[name]["httponly"], name
    assert {cookie["samesite"] for cookie in client.cookies.values()} == {"Lax"}


IN_HTTPS = """
import json, django
django.setup()
from django.test import Client
client = Client(HTTP_HOST="portal.example")
plain = client.get("/accounts/login/")
client.get("/accounts/login/", secure=True)
client.post("/accounts/login/", {"login": "bob@people.example", "password": "correct horse battery"}, secure=True)
page = client.post("/appearance/", {"theme": "dark"}, secure=True)
print(json.dumps({
    "to": [plain.status_code, plain["Location"]],
    "hsts": page.headers.get("Strict-Transport-Security", ""),
    "cookies": {name: bool(cookie["secure"]) for name, cookie in client.cookies.items()},
    "health": client.get("/healthz").status_code,
}))
"""


def test_under_https_cookies_are_secure_and_http_is_left(transactional_db, world):
    own = {
        "TEST_PUBLIC_URL": "https://portal.example",
        "DJANGO_SETTINGS_MODULE": "tests.safety.https_settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", IN_HTTPS],
        cwd=ROOT,
        env=environment(**own, PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["to"] == [301, "https://portal.example/accounts/login/"]
    assert said["hsts"].startswith("max-age=31536000")
    assert {"sessionid", "csrftoken", "theme"} <= said["cookies"].keys()
    assert all(said["cookies"].values())
    assert said["health"] == 200
