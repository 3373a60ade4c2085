"""The checklist: what the portal sees by itself of a task, at the sandbox and in its own rows."""

from urllib.parse import urlencode

import pytest

from accounts.audit import COMMAND_LINE
from handover import asking, limits, looking, proposals
from handover.brought import Brought
from handover.looking import State
from handover.models import Link
from mailsettings import services
from mailsettings.models import AppOnlySettings, CompanyMailSettings, MicrosoftApp, SmtpServer
from oauth.models import Connection
from sender.doctor import runs
from tests.handover.conftest import CUSTOMS, NORDIC, secret_of, values
from tests.oauth.google_people import FJORD
from tests.sandbox.people import Visitor


def states(handed) -> dict[str, str]:
    return {seen.proof.slug: seen.state.value for seen in looking.checklist(handed.fresh())}


def cause(handed, proof: str) -> str:
    return next(seen.cause for seen in looking.checklist(handed.fresh()) if seen.proof.slug == proof)


def store(world, app=NORDIC, secret: str = "") -> None:
    names = {"cloud": "sandbox", "tenant_id": app.directory, "client_id": app.client_id}
    services.save_microsoft_app(
        world.company, names, client_secret=secret or secret_of(app), actor=COMMAND_LINE
    )


def app_only(world, **fields: object) -> None:
    AppOnlySettings.objects.create(company=world.company, **fields)


def approve(clouds, app=CUSTOMS) -> None:
    """As an administrator of the directory does at Microsoft's page."""
    visitor = Visitor(clouds)
    query = {
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uris[0],
        "scope": f"{clouds.graph_url}/.default",
    }
    address = f"{visitor.url(f'/{app.directory}/v2.0/adminconsent')}?{urlencode(query)}"
    answer = visitor.press(address, person="cecil.admin@cautious.example")
    assert answer.status_code == 302, answer.text


def test_nothing_is_ticked_before_anything_was_done(clouds, hand_over):
    handed = hand_over()
    assert handed.look().status_code == 200
    assert set(states(handed).values()) == {"open"}
    assert "not seen yet" in handed.words()
    assert handed.fresh().looked_at is not None


def test_handing_in_ticks_what_it_proves(clouds, hand_over):
    handed = hand_over()
    handed.hand_in(values())
    assert states(handed) == {
        "registered": "done",
        "credential": "done",
        "callback": "open",
        "permissions": "open",
    }


def test_a_secret_that_ended_since_is_told_at_its_item(clouds, world, hand_over):
    store(world, secret="abc8Q~quite-another-secret-0123456789abc")
    handed = hand_over()
    words = handed.look().content.decode()
    assert states(handed)["registered"] == "done"
    assert (states(handed)["credential"], cause(handed, "credential")) == ("wrong", "client_secret_invalid")
    assert "The client secret is not accepted" in words


def test_an_app_that_is_gone_is_told_at_its_item(clouds, world, hand_over):
    store(world)
    MicrosoftApp.objects.update(client_id="11111111-2222-4333-8444-555555555555")
    handed = hand_over()
    handed.look()
    assert (states(handed)["registered"], states(handed)["credential"]) == ("wrong", "open")


def test_a_provider_that_does_not_answer_leaves_the_earlier_ticks(clouds, world, hand_over, sandbox_client):
    handed = hand_over()
    handed.hand_in(values())
    sandbox_client.add_fault("token", status=503, times=5)
    handed.look()
    assert states(handed)["credential"] == "done"


def test_somebody_who_connected_shows_callback_and_permissions(clouds, world, hand_over):
    store(world)
    moment = world.company.created_at
    connection = Connection.objects.create(
        company=world.company, membership=world.user, client_id=NORDIC.client_id, tenant_id=NORDIC.directory,
        object_id="o", address="bob@people.example", scopes=["Mail.Send"], connected_at=moment, refreshed_at=moment,
    )  # fmt: skip
    handed = hand_over()
    assert (states(handed)["callback"], states(handed)["permissions"]) == ("done", "open")
    connection.scopes = ["Mail.Send", "User.Read"]
    connection.save()
    assert states(handed)["permissions"] == "done"
    assert "bob@people.example" not in handed.words()


def test_the_apps_right_ticks_after_the_approval(clouds, world, hand_over):
    app_only(world, use_graph=True)
    handed = hand_over("app-graph")
    handed.hand_in(values(CUSTOMS))
    handed.look()
    assert states(handed) == {"registered": "done", "credential": "done", "mailbox": "open"}
    approve(clouds)
    handed.look()
    assert states(handed)["mailbox"] == "done"


@pytest.mark.parametrize(
    ("mailbox", "expected"),
    [
        ("paula.private@nordicfreight.example", "app_access_policy_blocked"),
        ("nobody@nordicfreight.example", "graph_user_not_found"),
        ("ulla.user@nordicfreight.example", ""),
    ],
)
def test_a_mailbox_outside_the_apps_scope_is_told(clouds, world, hand_over, mailbox, expected):
    store(world)
    app_only(world, use_graph=True, as_person=False, mailbox=mailbox)
    handed = hand_over("app-graph")
    handed.look()
    assert cause(handed, "mailbox") == expected


@pytest.mark.parametrize(("mailbox", "state"), [("ulla.user@nordicfreight.example", "done"), ("", "open")])
def test_exchanges_server_is_tried_with_the_apps_token(clouds, world, hand_over, mailbox, state):
    store(world)
    app_only(world, use_smtp=True, as_person=not mailbox, mailbox=mailbox)
    handed = hand_over("app-smtp")
    handed.look()
    assert states(handed) == {"registered": "done", "credential": "done", "role": "done", "mailbox": state}


def test_a_provider_that_does_not_answer_leaves_what_the_app_showed(clouds, world, hand_over, sandbox_client):
    app_only(world, use_smtp=True, as_person=False, mailbox="ulla.user@nordicfreight.example")
    store(world)
    handed = hand_over("app-smtp")
    handed.look()
    before = states(handed)
    assert set(before.values()) == {"done"}
    sandbox_client.add_fault("token", status=503, times=5)
    handed.look()
    assert states(handed) == before


def test_an_approval_is_seen_in_the_apps_token(clouds, world, hand_over):
    world.company.allowed_methods = ["graph_app"]
    world.company.save()
    store(world, CUSTOMS)
    app_only(world, use_graph=True)
    handed = hand_over("consent")
    assert "Approve at Microsoft" in handed.words()
    handed.look()
    assert states(handed) == {"permissions": "open"}
    approve(clouds)
    handed.look()
    assert states(handed) == {"permissions": "done"}


def test_nothing_is_approved_while_the_app_is_not_registered(clouds, world, hand_over):
    handed = hand_over("consent")
    handed.look()
    assert states(handed) == {"permissions": "open"}


def test_a_google_client_that_waits_is_looked_at(clouds, hand_over, settings):
    settings.GOOGLE_FILE = str(clouds.google_file)
    handed = hand_over("google")
    handed.hand_in({"client_id": FJORD.client_id, "client_secret": FJORD.secret})
    assert handed.look().status_code == 200
    assert states(handed) == {"client": "done", "connected": "open"}


def test_a_switched_off_mailbox_is_known_from_a_check_and_from_a_sign_in(clouds, world, hand_over):
    SmtpServer.objects.create(company=world.company, host="localhost", port=clouds.ports.starttls)
    run = runs.ask(world.user, asked_by="test")
    run.state, run.method, run.cause = "done", "smtp_password", "smtp_auth_disabled_mailbox"
    run.steps = [{"id": "sign_in", "state": "fail"}]
    run.save()
    handed = hand_over("authenticated-smtp")
    handed.look()
    assert cause(handed, "sign_in") == "smtp_auth_disabled_mailbox"
    assert "Authenticated SMTP is off for this mailbox" in handed.words()
    run.steps = [{"id": "sign_in", "state": "ok"}]
    run.save()
    handed.look()
    assert states(handed) == {"sign_in": "done"}


def test_the_companys_own_sign_in_is_tried_when_it_goes_by_exchange(clouds, world, hand_over):
    store(world)
    app_only(world, use_smtp=True, as_person=False, mailbox="ulla.user@nordicfreight.example")
    CompanyMailSettings.objects.create(company=world.company)
    handed = hand_over("authenticated-smtp")
    handed.look()
    assert states(handed) == {"sign_in": "done"}


def test_a_stored_mail_server_is_tried(clouds, world, hand_over):
    server = {"host": "localhost", "port": clouds.ports.starttls, "security": "starttls"}
    services.save_smtp_server(world.company, server, actor=COMMAND_LINE)
    handed = hand_over("server")
    handed.look()
    assert states(handed) == {"server": "done", "sign_in": "open"}
    SmtpServer.objects.update(port=1)
    handed.look()
    assert states(handed)["server"] == "wrong"


def test_values_that_wait_are_looked_at_rather_than_those_in_use(clouds, world, hand_over):
    store(world, secret="abc8Q~quite-another-secret-0123456789abc")
    handed = hand_over()
    handed.hand_in(values())
    handed.look()
    assert states(handed)["credential"] == "done"
    proposals.decline(handed.fresh().proposals.get(), COMMAND_LINE)
    handed.look()
    assert states(handed)["credential"] == "wrong"


def test_a_look_that_takes_long_does_not_undo_what_was_handed_in_meanwhile(clouds, hand_over, monkeypatch):
    handed = hand_over()

    def slow(link: Link, before: looking.Found) -> looking.Found:
        handed.hand_in(values())
        return before

    monkeypatch.setitem(looking._LOOKERS, "connect", slow)
    handed.look()
    assert states(handed)["credential"] == "done"


def test_handing_in_keeps_what_was_seen_while_the_values_were_tried(clouds, hand_over, monkeypatch):
    handed = hand_over()

    def slow(link: Link, _values: Brought) -> None:
        Link.objects.update(seen={"callback": looking.DONE})

    monkeypatch.setattr(asking, "refusal", slow)
    handed.hand_in(values())
    seen = states(handed)
    assert (seen["callback"], seen["credential"]) == ("done", "done")


def test_looks_are_limited(clouds, hand_over):
    handed = hand_over()
    for _look in range(limits.MOST_LOOKS):
        assert handed.look().status_code == 200
    answer = handed.look()
    assert answer.status_code == 429
    assert "Wait ten minutes" in answer.content.decode()


def test_states_are_three():
    assert {state.value for state in State} == {"done", "wrong", "open"}
