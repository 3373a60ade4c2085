import json

import pytest

from tests.sandbox.google_visitor import GUSTAV, MAIL, GoogleVisitor, letter

WIDE = f"openid email {MAIL}"


@pytest.fixture
def google(sandbox, sandbox_client):
    visitor = GoogleVisitor(sandbox)
    yield visitor
    visitor.web.close()


def reason(response) -> str:
    return response.json()["error"]["errors"][0]["reason"]


def test_a_message_by_the_api_arrives_without_bcc_and_is_kept_with_it(google, sandbox_client):
    answer = google.send(google.tokens()["access_token"], letter(GUSTAV, "Bcc: secret@hidden.example"))
    assert answer.status_code == 200
    assert answer.json()["id"]
    (mail,) = sandbox_client.mail()
    assert (mail.via, mail.mailbox) == ("gmail", GUSTAV)
    assert mail.recipients == {"janis@customer.example": "to", "secret@hidden.example": "bcc"}
    assert b"hidden" not in sandbox_client.raw(mail.id)
    assert b"hidden" in sandbox_client.sent_copy(mail.id)


def test_the_wider_permission_sends_by_the_api_too(google):
    assert google.send(google.tokens(scope=WIDE)["access_token"], letter()).status_code == 200


def test_what_is_larger_than_five_megabytes_must_be_uploaded(google):
    token, large = google.tokens()["access_token"], letter() + b"x" * 5_300_000
    assert google.send(token, large).status_code == 413
    assert google.upload(token, large).status_code == 200
    assert google.upload(token, letter() + b"x" * 36_700_160).status_code == 413


def test_another_address_in_from_is_replaced_by_the_account(google, sandbox_client):
    google.send(google.tokens()["access_token"], letter("boss@fjordcargo.example"))
    raw = sandbox_client.raw(sandbox_client.mail()[0].id)
    assert f"From: Gustav <{GUSTAV}>\r\n".encode() in raw
    assert b"boss" not in raw


@pytest.mark.parametrize(
    ("person", "scope", "user", "status", "why"),
    [
        (GUSTAV, "openid email", "me", 403, "insufficientPermissions"),
        (GUSTAV, WIDE, "greta.admin@fjordcargo.example", 403, "delegationDenied"),
        ("nick.nogmail@fjordcargo.example", WIDE, "me", 400, "failedPrecondition"),
    ],
)
def test_what_google_refuses_has_googles_reason(google, person, scope, user, status, why):
    answer = google.send(google.tokens(person, scope=scope)["access_token"], letter(), user)
    assert (answer.status_code, reason(answer)) == (status, why)


def test_no_token_is_refused(google):
    answer = google.send("made-up", letter())
    assert (answer.status_code, reason(answer)) == (401, "authError")


@pytest.mark.parametrize(
    "raw", [b"Subject: to nobody\r\n\r\nHello\r\n", b"To: not an address\r\n\r\nHello\r\n"]
)
def test_a_message_without_good_recipients_is_refused(google, raw):
    answer = google.send(google.tokens()["access_token"], raw)
    assert (answer.status_code, reason(answer)) == (400, "invalidArgument")


@pytest.mark.parametrize(
    ("fault", "status", "why"),
    [
        ({"status": 403}, 403, "rateLimitExceeded"),
        ({"status": 403, "code": "dailyLimitExceeded"}, 403, "dailyLimitExceeded"),
        ({"status": 429, "retry_after": "7"}, 429, "rateLimitExceeded"),
        ({"status": 500}, 500, "backendError"),
    ],
)
def test_faults_come_as_google_tells_them(google, sandbox_client, fault, status, why):
    sandbox_client.add_fault("google.send", times=1, **fault)
    token = google.tokens()["access_token"]
    answer = google.send(token, letter())
    assert (answer.status_code, reason(answer)) == (status, why)
    assert google.send(token, letter()).status_code == 200


def test_smtp_takes_the_accounts_token_for_all_of_gmail(google, sandbox_client):
    server, code, _reply, challenges = google.smtp(GUSTAV, google.tokens(scope=WIDE)["access_token"])
    assert (code, challenges) == (235, [])
    server.sendmail(GUSTAV, ["janis@customer.example"], letter("boss@fjordcargo.example"))
    server.quit()
    assert f"From: Gustav <{GUSTAV}>".encode() in sandbox_client.raw(sandbox_client.mail()[0].id)


@pytest.mark.parametrize("user", [GUSTAV, "greta.admin@fjordcargo.example"])
def test_smtp_refuses_a_token_for_the_api_and_another_accounts(google, user):
    scope = {} if user == GUSTAV else {"scope": WIDE}
    server, code, reply, challenges = google.smtp(user, google.tokens(**scope)["access_token"])
    server.close()
    assert json.loads(challenges[0]) == {"status": "400", "schemes": "Bearer", "scope": MAIL}
    assert code == 535
    assert reply.startswith(b"5.7.8")
