"""Values handed in at a link, tried at the sandbox: the wrong ones said at their field, the right ones kept sealed."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent
from core.errors import ConfigurationError
from handover import limits, proposals
from handover.forms import MicrosoftForm
from handover.models import Link, Proposal, ProposalState
from handover.pages.it import MOST_BYTES
from mailsettings import app_credentials, certificates
from mailsettings.certificates import KeyPair
from mailsettings.models import Credential, GoogleApp, MicrosoftApp, SmtpServer
from sender import housekeeping
from tests.accounts.sign_in import sign_in
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
        ({"client_secret": ""}, "client_secret", "Paste the Value of the client secret"),
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


def certificate_file(name: str = "key.pem") -> tuple[SimpleUploadedFile, KeyPair]:
    pair = certificates.make("Alpha", timezone.now())
    return SimpleUploadedFile(name, (pair.key_pem + pair.certificate.pem).encode()), pair


def test_a_certificate_is_handed_in_instead_of_a_secret(clouds, world, hand_over, sandbox_client):
    handed = hand_over(takes_over=True)
    file, pair = certificate_file()
    typed = values(client_secret="", secret_expires_on="")
    refused = handed.hand_in(typed | {"file": file})
    assert "The app does not know this certificate" in errors(refused)["file"]
    assert nothing_stored()
    sandbox_client.add_certificate(NORDIC.client_id, pair.certificate.pem)
    file.seek(0)
    assert handed.hand_in(typed | {"file": file}).status_code == 302
    stored = Credential.objects.get(company=world.company)
    assert (stored.is_certificate, stored.reveal()) == (True, pair.key_pem)
    assert pair.key_pem not in handed.words()


@pytest.mark.parametrize(
    ("content", "changes", "says"),
    [
        (b"not a certificate", {"client_secret": ""}, "neither a PFX file nor PEM"),
        (b"not a certificate", {}, "not both"),
    ],
)
def test_a_wrong_file_is_said_at_its_field(clouds, hand_over, content, changes, says):
    file = SimpleUploadedFile("picture.pfx", content)
    answer = hand_over().hand_in(values(**changes) | {"file": file})
    assert says in errors(answer)["file"]
    assert "<details open>" in answer.content.decode()
    assert nothing_stored()


def test_a_certificate_whose_key_cannot_be_read_is_the_portals_own_fault(clouds, world, hand_over):
    app_credentials.put(
        world.company,
        app_credentials.of_pair(certificates.make("Alpha", timezone.now())),
        actor=COMMAND_LINE,
    )
    Credential.objects.update(key_id="lost")
    answer = hand_over().hand_in(values())
    assert "The portal itself is not set up for this" in errors(answer)["__all__"]


def test_a_google_client_is_not_taken_while_the_operator_allows_no_way_by_it(
    clouds, world, hand_over, settings
):
    settings.GOOGLE_FILE = str(clouds.google_file)
    handed = hand_over("google")
    handed.hand_in({"client_id": FJORD.client_id, "client_secret": FJORD.secret})
    world.company.allowed_methods = ["graph_app"]
    world.company.save()
    with pytest.raises(ConfigurationError):
        proposals.take_over(proposals.waiting(handed.fresh()), COMMAND_LINE)
    assert not GoogleApp.objects.exists()


def test_the_steps_name_the_ids_that_were_handed_in(clouds, hand_over):
    handed = hand_over("app-smtp")
    assert "&lt;client id&gt;" in handed.words()
    handed.hand_in(values())
    assert f"$clientId = &#x27;{NORDIC.client_id}&#x27;" in handed.words()


def test_a_button_leads_to_the_approval_once_the_ids_are_known(clouds, hand_over):
    handed = hand_over()
    button = f'href="{clouds.authority_url}/{NORDIC.directory}/v2.0/adminconsent'
    assert button not in handed.words()
    handed.hand_in(values())
    assert button in handed.words()


def test_values_that_nobody_took_over_are_forgotten(clouds, hand_over):
    handed = hand_over()
    handed.hand_in(values())
    assert proposals.forget_old in housekeeping.due(0)
    assert proposals.forget_old(timezone.now() + timedelta(days=29)) == 0
    assert proposals.forget_old(timezone.now() + timedelta(days=31)) == 1
    assert Proposal.objects.get().unseal() == b""
    assert AuditEvent.objects.filter(action="handover.declined", actor_label="worker").exists()


def test_a_certificate_made_here_needs_no_secret_to_be_handed_in(clouds, world, hand_over, sandbox_client):
    pair = certificates.make("Alpha", timezone.now())
    app_credentials.put(world.company, app_credentials.of_pair(pair), actor=COMMAND_LINE)
    handed = hand_over(takes_over=True)
    words = handed.words()
    assert pair.certificate.sha1 in words
    assert 'name="client_secret"' not in words
    assert "New client secret" not in words
    download = handed.visitor.get(f"{handed.path}certificate.cer")
    assert (download.content, download["Cache-Control"]) == (pair.certificate.der, "no-store")
    ids = {name: values()[name] for name in ("cloud", "tenant_id", "client_id")}
    assert "The app does not know this certificate" in errors(handed.hand_in(ids))["__all__"]
    sandbox_client.add_certificate(NORDIC.client_id, pair.certificate.pem)
    assert handed.hand_in(ids).status_code == 302
    assert str(MicrosoftApp.objects.get(company=world.company).client_id) == NORDIC.client_id
    assert Credential.objects.get().reveal() == pair.key_pem
    assert Proposal.objects.get().unseal() == b""


def test_there_is_no_certificate_to_download_where_a_secret_is_used(clouds, hand_over):
    handed = hand_over()
    assert handed.visitor.get(f"{handed.path}certificate.cer").status_code == 302
    assert "certificate.cer" not in handed.words()


def test_a_large_file_is_not_even_read(clouds, hand_over):
    answer = hand_over().hand_in(values() | {"file": SimpleUploadedFile("big.pfx", b"x" * MOST_BYTES)})
    assert answer.status_code == 413
    assert "far too large" in answer.content.decode()
    assert nothing_stored()


def test_values_of_a_cloud_that_is_gone_are_not_taken_over(clouds, client, world, hand_over, settings):
    handed = hand_over()
    handed.hand_in(values())
    settings.MICROSOFT_CLOUDS_FILE = ""
    address = reverse("hand-over-take", args=["Alpha", handed.link.pk])
    answer = sign_in(client, world.admin).post(address, handed.waiting(), follow=True)
    assert "These values cannot be used any more." in answer.content.decode()
