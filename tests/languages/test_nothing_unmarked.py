"""No page shows words that no catalogue could translate, and no row holds words of a language."""

import re
from pathlib import Path
from uuid import UUID

import pytest
from django.apps import apps
from django.conf import settings
from django.template.base import Lexer, TokenType
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from accounts import languages, mailings, services
from accounts.audit import COMMAND_LINE
from accounts.people_reading import people_in
from handover import links
from handover.ways import WAYS
from mailsettings.presets import presets
from sender.doctor import runs
from tests.accounts.codes import with_app, with_passkey
from tests.accounts.sign_in import sign_in
from tests.alarms.wrong import look, paused
from tests.factories import make_operator
from tests.languages import pseudo
from tests.sender.helpers import hand_over, open_relay
from tests.test_walk import address as address  # a fixture
from tests.test_walk import company_routes

# Names of products and makers, of protocols, of things as they are called at Microsoft and Google, and units.
NAMES = re.compile(
    r"\b(Postroom|Microsoft( Graph| 365)?|Google|Gmail|Office 365|Exchange|PowerShell|OpenAPI|JSON|HTTP|SMTP|TLS)\b"
    r"|\b(Message-ID|ms|MB|EET|EEST|UTC)\b|https?://\S+|\b[\w-]+(\.[\w-]+)+\b"
)
OF_OURS = ("accounts", "mailsettings", "oauth", "sender", "handover", "alarms", "api", "webhooks")


@pytest.fixture(autouse=True)
def _in_brackets(monkeypatch):
    monkeypatch.setattr(languages, "of_request", lambda _request, _locale="": pseudo.TAG)
    with pseudo.spoken():
        yield


def data() -> list[str]:
    """What people and programs wrote, the longest first."""
    found = set()
    for label in OF_OURS:
        for model in apps.get_app_config(label).get_models():
            for values in model.objects.values_list():
                found.update(*map(_texts, values))
    found |= {each.label for each in presets().values()} | {"Terms"}
    return sorted(found, key=len, reverse=True)


def _texts(value: object) -> set[str]:
    if isinstance(value, dict | list):
        within = value.values() if isinstance(value, dict) else value
        return set().union(*map(_texts, within))
    return {str(value)} if isinstance(value, str | UUID) and len(str(value)) > 1 else set()


def words_in(text: str) -> bool:
    return bool(re.search(r"[^\W\d_]{2}", NAMES.sub("", text)))


def templates() -> list[Path]:
    return sorted((settings.BASE_DIR / "templates").rglob("*.html"))


def frozen() -> list[str]:
    """What was stored as it was said to somebody."""
    return [text for text in data() if pseudo.OPEN in text]


def unmarked(response) -> list[str]:
    if not response.headers.get("Content-Type", "").startswith("text/html"):
        return []
    known = data()
    left = []
    for text in pseudo.Page(response.content.decode()).unmarked:
        rest = text
        for value in known:
            rest = rest.replace(value, "")
        if words_in(rest):
            left.append(text)
    return left


@pytest.mark.parametrize("role", ["admin", "user"])
@pytest.mark.parametrize(("route", "name"), company_routes())
def test_every_word_of_the_companys_pages_is_translated(world, address, route, name, role):
    client = sign_in(Client(), getattr(world, role))
    path = address(route)
    for response in (client.get(path), client.post(path)):
        assert unmarked(response) == [], path
    assert frozen() == []


def test_what_is_stored_is_in_no_language(world):
    open_relay(world.admin, host="localhost", port=1)
    with translation.override(pseudo.TAG):
        paused(world.company)
        message = hand_over(world.user)
        runs.ask(world.user, asked_by="alice@people.example")
        run = runs.perform(runs.take(timezone.now()))
        lines = people_in("nobody\nbob@people.example\nx@x.example,X,boss\nx@x.example")
        plan = mailings.plan_invitations(world.company, lines, "user", COMMAND_LINE)
        look()
    assert message.route_reason
    assert run.steps
    assert plan.letters.exclude(note="").count() == 2
    assert frozen() == []


def test_every_word_of_the_pages_before_signing_in_is_translated(world):
    _invitation, invited = services.invite(world.company, "new@x.example", "user", COMMAND_LINE)
    addresses = [links.make(world.company, way, "Iris", actor=COMMAND_LINE)[1] for way in WAYS.values()]
    names = ("account_login", "account_reset_password", "account_logout")
    paths = [each.removeprefix("http://testserver") for each in (invited, *addresses)]
    for path in [*paths, *map(reverse, names), "/no-such-page/", "/invite/none/"]:
        client = Client()
        for response in (client.get(path), client.post(path)):
            assert unmarked(response) == [], path


def test_every_word_of_the_second_step_is_translated(world):
    client, waiting = sign_in(Client(), world.user), Client()
    client.post(reverse("account_reauthenticate"), {"password": "correct horse battery"})
    looked_at = [client.get(reverse("mfa_index")), client.get(reverse("mfa_activate_totp"))]
    looked_at.append(client.post(reverse("mfa_activate_totp"), {"code": "1"}))
    with_app(world.user.user)
    passkey = with_passkey(world.user.user, "7")
    names = ("index", "deactivate_totp", "add_webauthn", "view_recovery_codes", "generate_recovery_codes")
    again = ("mfa_reauthenticate", "mfa_reauthenticate_webauthn", "account_reauthenticate")
    paths = [reverse(name) for name in (*(f"mfa_{name}" for name in names), *again)]
    paths += [reverse(f"mfa_{name}_webauthn", args=[passkey.pk]) for name in ("edit", "remove")]
    looked_at += [client.get(path) for path in paths]
    looked_at += [client.post(path, {"code": "1", "credential": "{}"}) for path in paths[-2:]]
    waiting.post(
        reverse("account_login"), {"login": "bob@people.example", "password": "correct horse battery"}
    )
    for posted in ({"code": "1"}, {"credential": "{}"}):
        looked_at.append(waiting.post(reverse("mfa_authenticate"), posted))
    for page in looked_at:
        assert unmarked(page) == [], page.request["PATH_INFO"]


def test_every_word_of_the_operators_own_pages_is_translated(world):
    client = sign_in(Client(), make_operator())
    assert unmarked(client.get(reverse("operator-overview"))) == []


def _own_text(source: str) -> str:
    """A template with everything gone that Django fills in or translates."""
    text, inside = "", False
    for token in Lexer(source).tokenize():
        if token.token_type == TokenType.BLOCK:
            word = token.contents.split()[0]
            inside = inside != (word in ("blocktranslate", "endblocktranslate", "comment", "endcomment"))
        elif token.token_type == TokenType.TEXT and not inside:
            text += token.contents
    return text


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path)) for path in templates()])
def test_a_template_says_nothing_that_is_not_marked(path):
    page = pseudo.Page(_own_text(path.read_text()))
    assert [text for text in page.unmarked if words_in(text)] == []


def test_words_outside_the_brackets_are_seen():
    html = "<p title='Plain ⟦marked⟧'>⟦Before <b>within⟧</b> after<code>code</code> 12</p>"
    assert pseudo.Page(html).unmarked == ["Plain", "after"]
    source = (
        "{# no #}<h1>Plain</h1>{% translate 'one' %}{% blocktranslate %}two{% endblocktranslate %}{{ three }}"
    )
    assert pseudo.Page(_own_text(source)).unmarked == ["Plain"]
