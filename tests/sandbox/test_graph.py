import base64
import json
import threading
import uuid
from email import message_from_bytes, policy

import pytest
import requests

from tests.sandbox.people import ARCHIVE, BALTIC, INVOICES, SAM, ULLA, WORLD, Visitor, address, letter

DELLA = address("della.delegate")
X_HEADER = {"name": "x-a", "value": "1"}


@pytest.fixture
def token(visitor: Visitor) -> str:
    return visitor.access_token()


def refusal(reply: requests.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["error"]["code"]


def json_message(**changed) -> dict:
    message = {
        "subject": "Fraktsedel Ā",
        "body": {"contentType": "HTML", "content": "<b>Hej</b>"},
        "toRecipients": [{"emailAddress": {"address": "kunde@example.com", "name": "Küche, Anna"}}],
    }
    return {"message": message | changed}


def test_a_mime_message_arrives_byte_for_byte_without_its_bcc(visitor: Visitor, token, sandbox_client):
    raw = letter(
        Cc="zwei@example.com", Bcc="drei@example.com,\r\n vier@example.com", X_Odd="  kept \t as it is "
    )
    reply = visitor.send(token, raw)
    assert (reply.status_code, reply.content) == (202, b"")
    (mail,) = sandbox_client.mail(to="drei@example.com")
    assert mail.recipients == {
        "kunde@example.com": "to",
        "zwei@example.com": "cc",
        "drei@example.com": "bcc",
        "vier@example.com": "bcc",
    }
    assert (mail.via, mail.mailbox, mail.message_id) == ("graph", ULLA, "<1@nordicfreight.example>")
    assert sandbox_client.raw(mail.id) == raw.replace(b"Bcc: drei@example.com,\r\n vier@example.com\r\n", b"")
    assert sandbox_client.sent_copy(mail.id) == raw


def test_the_request_ids_come_back(visitor: Visitor, token):
    mine = str(uuid.uuid4())
    reply = visitor.send(token, letter(), **{"client-request-id": mine})
    assert reply.headers["client-request-id"] == mine
    assert uuid.UUID(reply.headers["request-id"])
    assert reply.headers["Date"]


def test_a_json_message_is_made_into_mime(visitor: Visitor, token, sandbox_client):
    attachment = {
        "@odata.type": "#microsoft.graph.fileAttachment",
        "name": "a.bin",
        "contentBytes": base64.b64encode(b"\x00\x01").decode(),
    }
    header = {"name": "x-order", "value": "42"}
    data = json_message(attachments=[attachment], internetMessageHeaders=[header])
    reply = visitor.graph("POST", "/me/sendMail", token, json=data | {"saveToSentItems": False})
    assert reply.status_code == 202
    (mail,) = sandbox_client.mail(subject="Fraktsedel Ā")
    assert b"x-order: 42" in sandbox_client.raw(mail.id)
    found = visitor.graph(
        "GET", "/me/mailFolders/sentitems/messages", visitor.access_token(ULLA, "Mail.Read")
    )
    assert found.json()["value"] == []


def test_an_inline_file_of_a_json_message_stands_beside_its_html(visitor: Visitor, token, sandbox_client):
    attachment = {
        "@odata.type": "#microsoft.graph.fileAttachment",
        "name": "logo.gif",
        "contentType": "image/gif",
        "contentBytes": base64.b64encode(b"GIF89a").decode(),
        "isInline": True,
        "contentId": "logo@nordic",
    }
    assert visitor.graph("POST", "/me/sendMail", token, json=json_message(attachments=[attachment])).ok
    got = message_from_bytes(sandbox_client.raw(sandbox_client.mail()[0].id), policy=policy.default)
    assert got.get_content_type() == "multipart/related"
    image = list(got.iter_parts())[1]
    assert (image["Content-ID"], image.get_content_disposition()) == ("<logo@nordic>", "inline")
    assert image.get_content() == b"GIF89a"


def test_a_users_path_sends_app_only_and_knows_address_and_id(visitor: Visitor, sandbox_client):
    token = visitor.app_token()
    for name in (ULLA, WORLD.person(ULLA).id):
        assert visitor.send(token, letter(), f"/users/{name}/sendMail").status_code == 202
    assert len(sandbox_client.mail()) == 2


@pytest.mark.parametrize("text", ["", "garbage", "a.b.c"])
def test_a_token_that_is_none_is_refused(visitor: Visitor, text):
    reply = visitor.send(text, letter())
    assert refusal(reply) == (401, "InvalidAuthenticationToken")
    inner = reply.json()["error"]["innerError"]
    assert inner["request-id"] == reply.headers["request-id"]
    assert set(inner) == {"date", "request-id", "client-request-id"}
    assert reply.headers["WWW-Authenticate"].startswith("Bearer ")


def test_an_expired_token_is_refused(visitor: Visitor, sandbox_client, sandbox):
    sandbox_client.add_fault("token.lifetime", seconds=-5)
    reply = visitor.send(visitor.access_token(), letter())
    assert refusal(reply) == (401, "InvalidAuthenticationToken")
    assert "expired" in reply.json()["error"]["message"]


def test_a_token_for_another_audience_is_refused(visitor: Visitor):
    reply = visitor.send(visitor.access_token(ULLA, visitor.url("/outlook/SMTP.Send")), letter())
    assert refusal(reply) == (401, "InvalidAuthenticationToken")
    assert "audience" in reply.json()["error"]["message"]
    assert refusal(visitor.send(visitor.tokens()["id_token"], letter()))[0] == 401


def test_mail_send_is_needed(visitor: Visitor):
    reply = visitor.send(visitor.access_token(ULLA, "User.Read"), letter())
    assert refusal(reply) == (403, "ErrorAccessDenied")


def test_only_ones_own_address_may_be_in_from(visitor: Visitor, token):
    assert refusal(visitor.send(token, letter(SAM))) == (403, "ErrorSendAsDenied")


def test_send_as_allows_other_addresses(visitor: Visitor, sandbox_client):
    token = visitor.access_token(SAM, "Mail.Send.Shared")
    assert visitor.send(token, letter(INVOICES)).status_code == 202
    (mail,) = sandbox_client.mail()
    assert sandbox_client.raw(mail.id) == letter(INVOICES), "nothing shows who pressed the button"
    anyone = visitor.access_token(address("migration.mailbox"), "Mail.Send.Shared")
    assert visitor.send(anyone, letter("somebody@elsewhere.example")).status_code == 202


def test_another_from_needs_the_shared_permission_in_the_token(visitor: Visitor):
    assert refusal(visitor.send(visitor.access_token(SAM), letter(INVOICES))) == (403, "ErrorAccessDenied")


@pytest.mark.parametrize("sender", ["", DELLA], ids=["added", "given"])
def test_send_on_behalf_shows_both(visitor: Visitor, sandbox_client, sender):
    token = visitor.access_token(DELLA, "Mail.Send.Shared")
    assert visitor.send(token, letter(INVOICES, Sender=sender)).status_code == 202
    (mail,) = sandbox_client.mail()
    got = message_from_bytes(sandbox_client.raw(mail.id), policy=policy.default)
    assert (got["From"], got.get_all("Sender")) == (INVOICES, [DELLA])


def test_nobody_else_may_stand_in_sender(visitor: Visitor):
    token = visitor.access_token(DELLA, "Mail.Send.Shared")
    assert refusal(visitor.send(token, letter(INVOICES, Sender=SAM))) == (403, "ErrorSendAsDenied")


def test_the_sender_of_a_json_message_is_kept(visitor: Visitor, sandbox_client):
    named = {
        "from": {"emailAddress": {"address": INVOICES, "name": "Invoices"}},
        "sender": {"emailAddress": {"address": DELLA}},
    }
    token = visitor.access_token(DELLA, "Mail.Send.Shared")
    assert visitor.graph("POST", "/me/sendMail", token, json=json_message(**named)).status_code == 202
    got = message_from_bytes(sandbox_client.raw(sandbox_client.mail()[0].id), policy=policy.default)
    assert (got["From"], got["Sender"]) == (f"Invoices <{INVOICES}>", DELLA)


def test_a_shared_mailbox_needs_the_shared_permission_and_full_access(visitor: Visitor):
    path = f"/users/{INVOICES}/sendMail"
    assert refusal(visitor.send(visitor.access_token(SAM), letter(INVOICES), path)) == (
        403,
        "ErrorAccessDenied",
    )
    assert (
        visitor.send(visitor.access_token(SAM, "Mail.Send.Shared"), letter(INVOICES), path).status_code == 202
    )
    ulla = visitor.access_token(ULLA, "Mail.Send.Shared")
    assert refusal(visitor.send(ulla, letter(INVOICES), path)) == (403, "ErrorAccessDenied")


def test_base64_is_read_strictly_but_may_be_wrapped(visitor: Visitor, token):
    headers = {"Content-Type": "text/plain"}
    reply = visitor.graph("POST", "/me/sendMail", token, data=b"not*base64", headers=headers)
    assert refusal(reply) == (400, "ErrorMimeContentInvalidBase64String")
    wrapped = base64.encodebytes(letter(Subject="x" * 200))
    assert visitor.graph("POST", "/me/sendMail", token, data=wrapped, headers=headers).status_code == 202


@pytest.mark.parametrize("to", ["", "bad", "a b@example.com", "a@", "undisclosed-recipients:;"])
def test_recipients_must_be_addresses(visitor: Visitor, token, to):
    assert refusal(visitor.send(token, letter(to=to))) == (400, "ErrorInvalidRecipients")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (json_message(toRecipients=[{"emailAddress": {"address": "bad"}}]), "ErrorInvalidRecipients"),
        (json_message(toRecipients=[]), "ErrorInvalidRecipients"),
        (json_message(surprise=1), "RequestBodyRead"),
        (json_message(toRecipients=7), "RequestBodyRead"),
        ([], "RequestBodyRead"),
        (json_message(internetMessageHeaders=[X_HEADER] * 6), "InvalidInternetMessageHeaderCollection"),
        (json_message(internetMessageHeaders=[X_HEADER | {"name": "Date"}]), "InvalidInternetMessageHeader"),
    ],
)
def test_json_is_checked(visitor: Visitor, token, data, code):
    assert refusal(visitor.graph("POST", "/me/sendMail", token, json=data)) == (400, code)


def test_over_four_megabytes_is_too_much(visitor: Visitor, token):
    raw = letter() + b"x" * (3 * 1024 * 1024 + 1024)
    assert refusal(visitor.send(token, raw)) == (413, "ErrorMessageSizeExceeded")


def test_some_accounts_have_no_mailbox_and_some_do_not_exist(visitor: Visitor):
    nora = address("nora.nomailbox")
    assert refusal(visitor.send(visitor.access_token(nora), letter(nora))) == (
        404,
        "MailboxNotEnabledForRESTAPI",
    )
    token = visitor.app_token()
    assert refusal(visitor.send(token, letter(), "/users/ghost@nordicfreight.example/sendMail")) == (
        404,
        "ErrorInvalidUser",
    )
    una = "una.user@balticship.example"
    assert refusal(visitor.send(token, letter(una), f"/users/{una}/sendMail")) == (404, "ErrorInvalidUser")
    assert (
        visitor.send(visitor.app_token(app=BALTIC), letter(una), f"/users/{una}/sendMail").status_code == 202
    )


def test_me_needs_a_person(visitor: Visitor):
    assert refusal(visitor.send(visitor.app_token(), letter())) == (400, "BadRequest")
    assert refusal(visitor.graph("GET", "/me", visitor.app_token())) == (400, "BadRequest")


def test_an_app_without_the_permission_or_outside_its_scope_sends_nothing(visitor: Visitor):
    assert refusal(visitor.send(visitor.app_token(app=ARCHIVE), letter(), f"/users/{ULLA}/sendMail")) == (
        403,
        "ErrorAccessDenied",
    )
    private = visitor.send(visitor.app_token(), letter(), f"/users/{address('paula.private')}/sendMail")
    assert "Access to OData is disabled" in private.text


def test_me_says_who_it_is(visitor: Visitor, token):
    whole = visitor.graph("GET", "/me", token).json()
    assert (whole["id"], whole["mail"], whole["userPrincipalName"]) == (WORLD.person(ULLA).id, ULLA, ULLA)
    some = visitor.graph("GET", "/me?$select=id,mail", token).json()
    assert set(some) == {"@odata.context", "id", "mail"}
    assert refusal(visitor.graph("GET", "/me?$select=shoeSize", token)) == (400, "BadRequest")
    nora = visitor.graph("GET", "/me", visitor.access_token(address("nora.nomailbox")))
    assert nora.json()["mail"] is None


def test_other_users_need_a_stronger_permission(visitor: Visitor, token):
    assert visitor.graph("GET", f"/users/{ULLA}", token).status_code == 200
    assert refusal(visitor.graph("GET", f"/users/{SAM}", token)) == (403, "Authorization_RequestDenied")
    assert refusal(visitor.graph("GET", "/users/ghost", token)) == (404, "Request_ResourceNotFound")


def test_sent_items_are_found_by_message_id(visitor: Visitor, token):
    visitor.send(token, letter(Message_ID="<o'brien@nordicfreight.example>"))
    visitor.send(token, letter(Message_ID="<other@nordicfreight.example>"))
    reader = visitor.access_token(ULLA, "Mail.Read")
    path = "/me/mailFolders/sentitems/messages"
    query = {"$filter": "internetMessageId eq '<o''brien@nordicfreight.example>'"}
    (found,) = visitor.graph("GET", path, reader, params=query).json()["value"]
    assert found["internetMessageId"] == "<o'brien@nordicfreight.example>"
    assert found["isDraft"] is False
    query["$filter"] = "internetMessageId eq '<nothing@nordicfreight.example>'"
    assert visitor.graph("GET", path, reader, params=query).json()["value"] == []
    query["$filter"] = "subject eq 'x'"
    assert refusal(visitor.graph("GET", path, reader, params=query)) == (400, "ErrorInvalidUrlQueryFilter")
    sam = visitor.access_token(SAM, "Mail.Send")
    assert refusal(visitor.graph("GET", path, sam)) == (403, "ErrorAccessDenied")


def test_an_unknown_path_is_graphs_own_404(visitor: Visitor, token):
    assert refusal(visitor.graph("GET", "/me/teapot", token))[0] == 404


@pytest.mark.parametrize("retry_after", ["3", "Fri, 20 Nov 2026 10:00:00 GMT"])
def test_throttling_on_demand_says_when_to_come_back(visitor: Visitor, token, sandbox_client, retry_after):
    sandbox_client.add_fault("graph.send", times=2, status=429, retry_after=retry_after, mailbox=ULLA)
    for _ in range(2):
        reply = visitor.send(token, letter())
        assert refusal(reply) == (429, "ApplicationThrottled")
        assert reply.headers["Retry-After"] == retry_after
    assert visitor.send(token, letter()).status_code == 202
    assert len(sandbox_client.mail()) == 1


@pytest.mark.parametrize(
    ("status", "code"), [(500, "InternalServerError"), (503, "ServiceUnavailable"), (504, "GatewayTimeout")]
)
def test_server_errors_on_demand_store_nothing(visitor: Visitor, token, sandbox_client, status, code):
    sandbox_client.add_fault("graph.send", status=status)
    assert refusal(visitor.send(token, letter())) == (status, code)
    assert sandbox_client.mail() == []


def test_a_504_may_have_stored_the_message(visitor: Visitor, token, sandbox_client):
    sandbox_client.add_fault("graph.send", status=504, store=True, times=1)
    assert visitor.send(token, letter()).status_code == 504
    assert len(sandbox_client.mail()) == 1


@pytest.mark.parametrize(("action", "kept"), [("drop_before", 0), ("drop", 0), ("drop_after", 1)])
def test_a_cut_connection_leaves_it_open_whether_the_mail_went(
    visitor: Visitor, token, sandbox_client, action, kept
):
    sandbox_client.add_fault("graph.send", action=action, times=1)
    with pytest.raises(requests.ConnectionError):
        visitor.send(token, letter())
    assert len(sandbox_client.mail()) == kept


def test_hanging_ends_in_a_timeout(visitor: Visitor, token, sandbox_client):
    sandbox_client.add_fault("graph.me", action="hang", seconds=30, times=1)
    with pytest.raises(requests.Timeout):
        visitor.graph("GET", "/me", token, timeout=0.2)


def test_the_fifth_request_at_a_time_is_throttled(visitor: Visitor, token, sandbox_client):
    sandbox_client.add_fault("graph.send", delay_ms=500)
    replies: list[int] = []
    start = threading.Barrier(6)

    def send():
        other = Visitor(visitor.sandbox)
        start.wait()
        replies.append(other.send(token, letter()).status_code)
        other.web.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(replies) == [202] * 4 + [429] * 2
    assert sandbox_client.requests()["graph.send.peak"] == 4


def test_the_answer_to_json_nonsense_is_graphs_json(visitor: Visitor, token):
    headers = {"Content-Type": "application/json"}
    reply = visitor.graph("POST", "/me/sendMail", token, data=b"{", headers=headers)
    assert refusal(reply) == (400, "RequestBodyRead")
    assert json.loads(reply.text)["error"]["message"]
