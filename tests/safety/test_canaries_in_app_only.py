"""The app's own secret and token, with a sign-in server and a Graph that repeat what they were told."""

import pytest
from django.urls import reverse

from mailsettings.models import AppOnlySettings
from oauth.models import AppToken
from sender.models import OutboxMessage
from sender.services import Draft, submit
from sender.worker import Worker
from tests.oauth.stub_entra import json_answer
from tests.safety import canaries
from tests.safety.test_canaries_in_connecting import look_around, repeating


@pytest.fixture
def send(search, entra, vault):
    """Bob hands a message over, a worker tries it once, and everybody looks around."""
    search.leaving_for = entra.url
    vault.user.credentials.all().delete()
    AppOnlySettings.objects.create(company=vault.company, use_graph=True)

    def work(*answers) -> OutboxMessage:
        entra.tokens.clear()
        entra.tokens.extend(answers)
        draft = Draft(to=["rita@recipient.example"], subject="Order 1", text=canaries.BODY)
        message = submit(vault.user, draft, submitted_by="test")
        assert message.mailbox.method == "graph_app"
        Worker(threads=1, until_empty=True).run()
        message.refresh_from_db()
        look_around(search, vault)
        sign_in = search.client()
        sign_in.force_login(vault.admin.user)
        for name in ("message", "message-status"):
            assert sign_in.get(reverse(name, args=["Alpha", message.pk])).status_code == 200
        return message

    return work


ISSUED = json_answer({"access_token": canaries.ACCESS_TOKEN, "expires_in": 3600})


def test_a_message_that_leaves_leaves_no_secret_behind(send, search):
    assert send(ISSUED, (202, {}, "")).state == "sent"
    assert AppToken.objects.get().unseal() == canaries.ACCESS_TOKEN.encode()
    search.assert_clean()


@pytest.mark.parametrize(("form", "cause"), [("json", "client_secret_invalid"), ("html", "unrecognised")])
def test_a_refusal_that_repeats_the_secret_does_not_bring_it_back(send, search, form, cause):
    message = send(repeating(401, form))
    assert (message.state, message.cause) == ("waiting", cause)
    search.assert_clean()


def test_a_graph_that_repeats_the_token_does_not_bring_it_back(send, search):
    said = json_answer({"error": {"code": "ErrorAccessDenied", "message": canaries.ACCESS_TOKEN}}, 403)
    message = send(ISSUED, said)
    assert message.cause == "graph_permission_missing"
    search.assert_clean()
