"""Sign-in by user name and password (ROPC), and the question before it whose an account is."""

import pytest

from tests.sandbox.people import ULLA, Visitor, address, problem


def by_password(visitor: Visitor, username: str = ULLA, password: str = "Ulla-sails-1"):
    return visitor.token(grant_type="password", username=username, password=password, scope="Mail.Send")


def realm(visitor: Visitor, user: str) -> dict:
    return visitor.web.get(visitor.url(f"/common/userrealm/{user}?api-version=1.0")).json()


def test_an_account_is_managed_federated_or_unknown(visitor: Visitor):
    assert realm(visitor, ULLA)["account_type"] == "Managed"
    assert realm(visitor, "somebody@nordicfreight.example")["account_type"] == "Managed"
    assert realm(visitor, "somebody@nowhere.example") == {
        "ver": "1.0", "cloud_instance_name": "microsoftonline.com", "account_type": "Unknown"
    }  # fmt: skip
    found = realm(visitor, address("fiona.federated"))
    assert (found["account_type"], found["domain_name"]) == ("Federated", "nordicfreight.example")
    assert found["federation_metadata_url"].startswith("https://sts.nordicfreight.example/")
    assert realm(visitor, "somebody@outlook.example")["domain_name"] == "live.com"


@pytest.mark.parametrize(
    ("name", "password", "code"),
    [
        ("emil.expired", "Emil-sails-1", "AADSTS50055"),
        ("emil.expired", "wrong", "AADSTS50126"),
        ("invoices", "none", "AADSTS50056"),
        ("fiona.federated", "Fiona-sails-1", "AADSTS50126"),
    ],
)
def test_each_password_that_does_not_do_has_its_own_answer(visitor: Visitor, name, password, code):
    assert problem(by_password(visitor, address(name), password)) == (400, "invalid_grant", code)


def test_ten_different_wrong_passwords_lock_the_account_even_for_the_right_one(visitor: Visitor):
    visitor.tokens()
    for number in range(10):
        assert problem(by_password(visitor, password=f"wrong {number}"))[2] == "AADSTS50126"
    assert problem(by_password(visitor))[2] == "AADSTS50053"


def test_the_same_wrong_password_counts_once_and_the_right_one_forgives(visitor: Visitor):
    visitor.tokens()
    for _ in range(12):
        assert problem(by_password(visitor, password="wrong"))[2] == "AADSTS50126"
    assert by_password(visitor).status_code == 200


def test_no_refresh_token_comes_unless_it_is_asked_for(visitor: Visitor):
    visitor.tokens()
    assert "refresh_token" not in by_password(visitor).json()
