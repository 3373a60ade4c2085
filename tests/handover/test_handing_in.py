"""Values handed in at a link, tried at the sandbox: the wrong ones said at their field, the right ones kept sealed."""

import pytest

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent
from handover import limits, proposals
from handover.forms import MicrosoftForm
from handover.models import Link, Proposal, ProposalState
from mailsettings.models import Credential, GoogleApp, MicrosoftApp, SmtpServer
from tests.handover.conftest import CUSTOMS, NORDIC, ended_secret_of, secret_of, values
from tests.oauth.google_people import FJORD

NOWHERE = "11111111-2222-4333-8444-555555555555"


def nothing_stored() -> bool:
    return not any(
        rows.objects.exists() for rows in (Proposal, MicrosoftApp, GoogleApp, SmtpServer, Credential)
    )


def errors(answer) -> dict[str, str]:
    return {field: " ".join(sentences) for field, sentences in answer.context["form"].errors.items()}


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        (
            {"client_secret": "abc8Q~quite-another-secret-0123456789abc"},
            "client_secret",
            "Copy the column Value",
        ),
        ({"client_secret": ended_secret_of(NORDIC)}, "client_secret", "This secret has ended"),
        (
            {"client_secret": "e064259a-61c1-44f6-85df-7e433846179e"},
            "client_secret",
            "This is the secret's ID",
        ),
        ({"client_secret": ""}, "client_secret", "or choose a certificate"),
        ({"client_id": NOWHERE}, "client_id", "There is no app with this ID"),
        ({"tenant_id": NOWHERE}, "tenant_id", "knows no directory with this ID"),
        ({"tenant_id": "common"}, "tenant_id", "lets in accounts of any company"),
        ({"secret_expires_on": ""}, "secret_expires_on", "Give the day the secret ends"),
        ({"secret_expires_on": "2001-01-01"}, "secret_expires_on", "This day has passed"),
    ],
)
def test_a_wrong_value_is_said_at_its_field_and_changes_nothing(clouds, hand_over, changes, field, says):
    handed = hand_over(takes_over=True)
    answer = handed.hand_in(values(**changes))
    assert answer.status_code == 422
    assert says in errors(answer)[field]
    assert "Error:" in answer.content.decode()
    assert nothing_stored()
    assert handed.fresh().handed_at is None


def test_right_values_wait_sealed_for_the_admin(clouds, hand_over):
    handed = hand_over()
    assert handed.hand_in(values()).status_code == 302
    proposal = Proposal.objects.get()
    assert proposal.unseal().decode() == secret_of(NORDIC)
    assert secret_of(NORDIC).encode() not in bytes(proposal.ciphertext)
    assert proposal.values["client_id"] == NORDIC.client_id
    assert not MicrosoftApp.objects.exists()
    words = handed.words()
    assert "puts them in use; there is nothing more to hand in" in words
    assert 'id="hand-in"' not in words
    assert secret_of(NORDIC) not in words


def test_the_admin_takes_them_over(clouds, world, hand_over):
    handed = hand_over()
    handed.hand_in(values())
    assert proposals.take_over(proposals.waiting(handed.fresh()), COMMAND_LINE) is None
    app = MicrosoftApp.objects.get(company=world.company)
    assert (app.cloud, app.tenant_id, str(app.client_id)) == ("sandbox", NORDIC.directory, NORDIC.client_id)
    assert Credential.objects.get(company=world.company).reveal() == secret_of(NORDIC)
    assert Proposal.objects.get().unseal() == b""
    assert "are in use" in handed.words()


def test_values_that_are_dead_by_then_are_not_taken_over(clouds, hand_over, sandbox_client):
    handed = hand_over()
    handed.hand_in(values())
    sandbox_client.add_fault("token", error="AADSTS7000222", times=1)
    refusal = proposals.take_over(proposals.waiting(handed.fresh()), COMMAND_LINE)
    assert refusal.why.cause == "client_secret_expired"
    assert not MicrosoftApp.objects.exists()
    assert proposals.waiting(handed.fresh())


def test_they_are_used_at_once_where_the_admin_chose_so(clouds, world, hand_over):
    handed = hand_over(takes_over=True)
    handed.hand_in(values())
    assert str(MicrosoftApp.objects.get(company=world.company).client_id) == NORDIC.client_id
    assert Proposal.objects.get().state == ProposalState.TAKEN
    assert "are in use" in handed.words()
    event = AuditEvent.objects.get(action="credential.set")
    assert (event.actor, event.actor_label) == (None, "hand-over link for Iris of Cloud Care")


def test_values_of_another_app_than_the_one_in_use_wait_all_the_same(clouds, world, hand_over):
    MicrosoftApp.objects.create(
        company=world.company, cloud="sandbox", tenant_id=CUSTOMS.directory, client_id=CUSTOMS.client_id
    )
    handed = hand_over(takes_over=True)
    handed.hand_in(values())
    assert str(MicrosoftApp.objects.get(company=world.company).client_id) == CUSTOMS.client_id
    assert proposals.replaces_another(proposals.waiting(handed.fresh()))


def test_values_come_once_until_the_admin_opens_the_link_again(clouds, hand_over):
    handed = hand_over()
    handed.hand_in(values())
    handed.hand_in(values(CUSTOMS))
    assert Proposal.objects.get().values["client_id"] == NORDIC.client_id
    proposals.decline(Proposal.objects.select_related("link__company").get(), COMMAND_LINE)
    assert 'id="hand-in"' in handed.words()
    assert handed.hand_in(values(CUSTOMS)).status_code == 302
    assert Proposal.objects.get(state="waiting").values["client_id"] == CUSTOMS.client_id


def test_of_two_at_the_same_moment_one_counts(clouds, hand_over):
    handed = hand_over()
    stale = Link.objects.select_related("company").get(pk=handed.link.pk)
    handed.hand_in(values())
    form = MicrosoftForm(values(CUSTOMS), link=stale)
    assert form.is_valid()
    with pytest.raises(proposals.HandedInAlready):
        proposals.hand_in(stale, form.brought, COMMAND_LINE)
    assert Proposal.objects.get().values["client_id"] == NORDIC.client_id


def test_revoking_forgets_the_values_that_wait(clouds, hand_over):
    handed = hand_over()
    handed.hand_in(values())
    proposals.revoke(handed.fresh(), COMMAND_LINE)
    proposal = Proposal.objects.get()
    assert (proposal.state, proposal.unseal()) == (ProposalState.DECLINED, b"")
    assert handed.open().status_code == 404


def test_a_provider_that_does_not_answer_is_no_fault_of_the_values(clouds, hand_over, sandbox_client):
    sandbox_client.add_fault("token", status=503, times=5)
    handed = hand_over()
    answer = handed.hand_in(values())
    assert "try again in a minute" in errors(answer)["__all__"]
    assert nothing_stored()


def test_many_wrong_tries_are_stopped_before_microsoft_is_asked(clouds, hand_over, sandbox_client):
    handed, wrong = hand_over(), {"client_secret": "abc8Q~quite-another-secret-0123456789abc"}
    for _try in range(limits.MOST_TRIES):
        handed.hand_in(values(**wrong))
    asked = sandbox_client.requests()["token.client_credentials"]
    assert "Wait ten minutes" in errors(handed.hand_in(values()))["__all__"]
    assert sandbox_client.requests()["token.client_credentials"] == asked


def test_a_google_client_is_tried_and_taken(clouds, world, hand_over, settings):
    settings.GOOGLE_FILE = str(clouds.google_file)
    handed = hand_over("google", takes_over=True)
    wrong = handed.hand_in({"client_id": FJORD.client_id, "client_secret": "GOCSPX-quite-another-secret-01"})
    assert errors(wrong).keys() <= {"client_id", "client_secret"}
    assert nothing_stored()
    right = {"client_id": FJORD.client_id, "client_secret": FJORD.secret}
    assert handed.hand_in(right).status_code == 302
    assert GoogleApp.objects.get(company=world.company).client_id == FJORD.client_id
    assert "Google accepts the client ID and the secret" in handed.words()


def server(clouds, **changes: object) -> dict[str, object]:
    typed = {
        "host": "localhost",
        "port": clouds.ports.starttls,
        "security": "starttls",
        "authentication": "password",
        "user_name": "uwe.user@nordicfreight.example",
        "password": "Uwe-sails-1",
    }
    return typed | changes


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"password": "wrong"}, "password"),
        ({"host": "nowhere.invalid"}, "host"),
        ({"port": 1}, "port"),
        ({"security": "none"}, "security"),
        ({"user_name": ""}, "user_name"),
    ],
)
def test_a_mail_servers_wrong_value_is_said_at_its_field(clouds, hand_over, changes, field):
    answer = hand_over("server").hand_in(server(clouds, **changes))
    assert field in errors(answer)
    assert nothing_stored()


def test_a_mail_server_is_tried_and_taken(clouds, world, hand_over):
    handed = hand_over("server", takes_over=True)
    assert handed.hand_in(server(clouds)).status_code == 302
    stored = SmtpServer.objects.get(company=world.company)
    assert (stored.host, stored.port) == ("localhost", clouds.ports.starttls)
    assert Credential.objects.get().reveal() == "Uwe-sails-1"
    assert handed.words().count(">done<") >= 2
