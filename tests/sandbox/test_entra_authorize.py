import pytest

from sandbox import world
from tests.sandbox.people import BALTIC, CALLBACK, NORDIC, ULLA, Visitor, address, query_of, text_of

CAUTIOUS = world.load().directories[2]


def test_a_code_comes_back_with_the_state(visitor: Visitor):
    answer = visitor.sign_in(visitor.authorize_url())
    assert answer["state"] == "state-1"
    assert answer["code"]


def test_the_sign_in_page_lists_people_and_puts_the_hinted_one_first(visitor: Visitor):
    page = visitor.web.get(visitor.authorize_url(login_hint=address("uwe.user")))
    assert page.status_code == 200
    people = text_of(page)
    assert people.index("uwe.user@") < people.index("anna.admin@") < people.index("arta.admin@")
    assert 'value="invoices@' not in page.text
    assert "form-action" not in page.headers["Content-Security-Policy"]
    assert "<script" not in page.text


def test_consent_is_asked_once_and_names_the_permissions(visitor: Visitor):
    url = visitor.authorize_url(prompt="select_account")
    page = visitor.press(url, person=ULLA)
    assert "Mail.Send" in text_of(page)
    assert "code" in visitor.sign_in(url)
    assert visitor.press(url, person=ULLA).status_code == 302


def test_prompt_consent_asks_again(visitor: Visitor):
    visitor.sign_in(visitor.authorize_url())
    url = visitor.authorize_url(prompt="consent")
    assert "Permissions requested" in text_of(visitor.press(url, person=ULLA))


def test_cancel_is_access_denied(visitor: Visitor):
    answer = visitor.sign_in(visitor.authorize_url(), answer="cancel")
    assert answer["error"] == "access_denied"
    assert answer["error_description"].startswith("AADSTS65004")
    assert answer["state"] == "state-1"


def test_dora_always_declines(visitor: Visitor):
    answer = visitor.sign_in(visitor.authorize_url(), address("dora.declines"))
    assert answer["error"] == "access_denied"


def test_a_person_who_needs_approval_gets_the_admin_page_and_a_way_back(visitor: Visitor):
    url = visitor.authorize_url()
    page = visitor.press(url, person=address("nils.newcomer"))
    assert "AADSTS90094" in text_of(page)
    answer = visitor.sign_in(url, address("nils.newcomer"), answer="return")
    assert answer["error"] == "consent_required"
    assert answer["error_description"].startswith("AADSTS90094")


def test_in_a_cautious_directory_only_an_admin_may_accept(visitor: Visitor):
    url = visitor.authorize_url(tenant="organizations")
    assert "AADSTS90094" in text_of(visitor.press(url, person="clara.cautious@cautious.example"))
    assert "code" in visitor.sign_in(url, "cecil.admin@cautious.example")


def test_admin_consent_opens_the_door_for_everybody(visitor: Visitor):
    fields = {"client_id": NORDIC.client_id, "redirect_uri": CALLBACK, "state": "s"}
    url = visitor.url(
        f"/{CAUTIOUS.id}/v2.0/adminconsent?client_id={NORDIC.client_id}&redirect_uri={CALLBACK}&state=s"
    )
    assert "Accept as Cecil Admin" in text_of(visitor.web.get(url))
    answer = query_of(visitor.press(url, person="cecil.admin@cautious.example").headers["Location"])
    assert (answer["admin_consent"], answer["tenant"], answer["state"]) == (
        "True",
        CAUTIOUS.id,
        fields["state"],
    )
    assert "code" in visitor.sign_in(
        visitor.authorize_url(tenant=CAUTIOUS.id), "clara.cautious@cautious.example"
    )


def test_a_blocked_account_sees_a_page_and_nothing_goes_back(visitor: Visitor):
    page = visitor.press(visitor.authorize_url(), person=address("boris.blocked"))
    assert page.status_code == 400
    assert "AADSTS50057" in page.text


def test_a_person_of_another_directory_sees_a_page(visitor: Visitor):
    page = visitor.press(visitor.authorize_url(), person="una.user@balticship.example")
    assert "AADSTS50020" in page.text


@pytest.mark.parametrize(
    "uri",
    [
        CALLBACK + "/",
        CALLBACK.replace("NordicFreight", "nordicfreight"),
        CALLBACK.replace("http:", "https:"),
        CALLBACK.replace("localhost", "127.0.0.1"),
        CALLBACK + "?x=1",
        BALTIC.redirect_uris[0],
        "http://[",
        "",
    ],
)
def test_a_redirect_address_that_is_not_registered_is_never_used(visitor: Visitor, uri: str):
    page = visitor.web.get(visitor.authorize_url(redirect_uri=uri), allow_redirects=False)
    assert page.status_code == 400
    assert "AADSTS50011" in page.text


@pytest.mark.parametrize("uri", [CALLBACK.replace(":8000", ":54321"), NORDIC.redirect_uris[1]])
def test_the_port_of_localhost_does_not_count(visitor: Visitor, uri: str):
    reply = visitor.press(visitor.authorize_url(redirect_uri=uri), person=ULLA, answer="accept")
    assert reply.headers["Location"].startswith(uri + "?code=")


def test_an_added_redirect_address_works(visitor: Visitor, sandbox_client):
    sandbox_client.add_redirect_uri(NORDIC.client_id, "https://mail.nordicfreight.example/callback")
    url = visitor.authorize_url(redirect_uri="https://mail.nordicfreight.example/callback")
    assert "code" in visitor.sign_in(url)


@pytest.mark.parametrize(
    ("tenant", "changed", "code"),
    [
        (NORDIC.directory, {"client_id": "00000000-0000-4000-8000-000000000000"}, "AADSTS700016"),
        (NORDIC.directory, {"client_id": BALTIC.client_id}, "AADSTS700016"),
        ("common", {"client_id": BALTIC.client_id}, "AADSTS50194"),
        ("nowhere.example", {}, "AADSTS90002"),
        ("ReplaceThis", {}, "AADSTS900023"),
        (NORDIC.directory, {"client_id": ""}, "AADSTS900144"),
        (NORDIC.directory, {"response_type": ""}, "AADSTS900144"),
    ],
)
def test_what_cannot_be_told_to_the_client_is_told_on_a_page(visitor: Visitor, tenant, changed, code):
    page = visitor.web.get(visitor.authorize_url(tenant, **changed), allow_redirects=False)
    assert page.status_code == 400
    assert code + ":" in page.text


@pytest.mark.parametrize(
    ("changed", "error", "code"),
    [
        ({"response_type": "id_token"}, "unsupported_response_type", "AADSTS700054"),
        ({"scope": "Mail.Sned"}, "invalid_client", "AADSTS650053"),
        ({"scope": "Mail.Send,User.Read"}, "invalid_scope", "AADSTS70011"),
        ({"scope": "https://vault.example/.default"}, "invalid_resource", "AADSTS500011"),
        ({"prompt": "none"}, "login_required", "AADSTS50058"),
        ({"code_challenge": "x", "code_challenge_method": "plain"}, "invalid_request", "AADSTS501491"),
    ],
)
def test_other_mistakes_go_back_to_the_client(visitor: Visitor, changed, error, code):
    reply = visitor.web.get(visitor.authorize_url(**changed), allow_redirects=False)
    answer = query_of(reply.headers["Location"])
    assert answer["error"] == error
    assert answer["error_description"].startswith(code + ":")


def test_prompt_none_works_once_signed_in_and_consented(visitor: Visitor):
    visitor.sign_in(visitor.authorize_url(scope="openid User.Read"))
    reply = visitor.web.get(
        visitor.authorize_url(prompt="none", scope="openid User.Read"), allow_redirects=False
    )
    assert "code" in query_of(reply.headers["Location"])
    reply = visitor.web.get(visitor.authorize_url(prompt="none"), allow_redirects=False)
    assert query_of(reply.headers["Location"])["error"] == "interaction_required"


def test_signing_out_ends_the_browsers_session(visitor: Visitor):
    visitor.sign_in(visitor.authorize_url())
    visitor.web.get(visitor.url(f"/{NORDIC.directory}/oauth2/v2.0/logout"))
    reply = visitor.web.get(visitor.authorize_url(prompt="none"), allow_redirects=False)
    assert query_of(reply.headers["Location"])["error"] == "login_required"


def test_form_post_is_a_page_whose_button_posts_to_the_callback(visitor: Visitor):
    page = visitor.press(visitor.authorize_url(response_mode="form_post"), person=ULLA, answer="accept")
    assert f'action="{CALLBACK}"' in page.text
    assert 'name="code"' in page.text


def test_fragment_puts_the_code_behind_a_hash(visitor: Visitor):
    reply = visitor.press(visitor.authorize_url(response_mode="fragment"), person=ULLA, answer="accept")
    assert reply.headers["Location"].startswith(CALLBACK + "#code=")


def test_what_a_query_says_is_escaped_on_the_page(visitor: Visitor):
    page = visitor.web.get(visitor.authorize_url(login_hint="<script>alert(1)</script>"))
    assert "<script" not in page.text
