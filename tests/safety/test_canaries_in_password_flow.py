"""A person's password and token at Microsoft, and the state of an approval, with a sign-in server that repeats all."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from oauth.models import PasswordToken
from sender.models import OutboxMessage
from sender.services import Draft, submit
from sender.worker import Worker
from tests.accounts.sign_in import sign_in
from tests.oauth.stub_entra import json_answer
from tests.safety import canaries
from tests.safety.test_canaries_in_connecting import look_around, repeating


@pytest.fixture
def send(search, entra, vault):
    """Bob hands a message over, a worker tries it once, and everybody looks around."""
    search.leaving_for = entra.url
    vault.company.allowed_methods = ["graph_password"]
    vault.company.save()

    def work(*answers) -> OutboxMessage:
        entra.tokens.clear()
        entra.tokens.extend(answers)
        draft = Draft(to=["rita@recipient.example"], subject="Order 1", text=canaries.BODY)
        message = submit(vault.user, draft, submitted_by="test")
        assert message.mailbox.method == "graph_password"
        Worker(threads=1, until_empty=True).run()
        message.refresh_from_db()
        look_around(search, vault)
        admin = sign_in(search.client(), vault.admin)
        for name in ("message", "message-status"):
            assert admin.get(reverse(name, args=["Alpha", message.pk])).status_code == 200
        assert entra.token_requests[0]["password"] == canaries.EMAIL_PASSWORD
        return message

    return work


ISSUED = json_answer({"access_token": canaries.ACCESS_TOKEN, "expires_in": 3600})


def test_a_message_that_leaves_leaves_no_secret_behind(send, search):
    assert send(ISSUED, (202, {}, "")).state == "sent"
    assert PasswordToken.objects.get().unseal() == canaries.ACCESS_TOKEN.encode()
    search.assert_clean()


@pytest.mark.parametrize("form", ["json", "html"])
@pytest.mark.parametrize("status", [400, 401, 503])
def test_a_refusal_that_repeats_the_password_does_not_bring_it_back(send, search, status, form):
    assert send(repeating(status, form)).state == "waiting"
    search.assert_clean()


def test_a_wrong_password_that_is_remembered_as_such_is_not_quoted(send, search, entra):
    words = f"AADSTS50126: {canaries.EMAIL_PASSWORD} of bob is wrong, password={canaries.EMAIL_PASSWORD}"
    message = send(json_answer({"error": "invalid_grant", "error_description": words}, 400))
    assert message.cause == "user_password_wrong"
    assert PasswordToken.objects.get().refused == "user_password_wrong"
    search.assert_clean()


def test_a_graph_that_repeats_the_token_does_not_bring_it_back(send, search):
    said = json_answer({"error": {"code": "ErrorAccessDenied", "message": canaries.ACCESS_TOKEN}}, 403)
    assert send(ISSUED, said).cause == "graph_permission_missing"
    search.assert_clean()


@pytest.mark.parametrize("answer", ["given", "refused"])
def test_the_state_of_an_approval_stays_between_browser_and_microsoft(search, entra, vault, answer):
    search.leaving_for = entra.url
    alice = sign_in(search.client(), vault.admin)
    page = alice.get(reverse("settings-approval", args=["Alpha"])).content.decode()
    start = next(part.split('"')[0] for part in page.split('href="') if "kind=people" in part.split('"')[0])
    there = alice.get(start.replace("&amp;", "&"))["Location"]
    state = parse_qs(urlsplit(there).query)["state"][0]
    back = {"state": state, "admin_consent": "True", "tenant": "x"}
    if answer == "refused":
        back |= {"error": "server_error", "error_description": f"AADSTS90033: state={state}"}
    final = alice.get(reverse("microsoft-callback", args=["Alpha"]), back, follow=True)
    assert final.status_code == 200
    look_around(search, vault)
    search.assert_clean(state, state.removeprefix("approval."))
