"""Graph's application-get: who may read a registration, and what stands in it."""

import pytest
import requests

NORDIC, READER = "199c0398-63f2-478d-9eb9-0b1abe4001f4", "3e6d2a18-9b47-4c05-8f21-d4a7c06b5e93"
SECRETS = {
    NORDIC: "abc8Q~VXgA3cwNAOqsxxAuDH0X5l21-Sw-oH303R",
    READER: "nrd8Q~e5Tz1XwKp7LmQv3RbJ9cYhG2sFoUa6iDn4",
}


@pytest.fixture
def ask(sandbox, sandbox_client):
    def go(client_id: str, about: str, **query: str) -> requests.Response:
        form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": SECRETS[client_id],
        }
        form["scope"] = f"{sandbox.graph_url}/.default"
        address = f"{sandbox.authority_url}/nordicfreight.example/oauth2/v2.0/token"
        token = requests.post(address, form, verify=str(sandbox.ca_file), timeout=10).json()["access_token"]
        url = f"{sandbox.graph_url}/v1.0/applications(appId='{about}')"
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(url, query, headers=headers, verify=str(sandbox.ca_file), timeout=10)

    return go


def test_an_app_with_the_permission_reads_ends_and_no_values(ask):
    answer = ask(READER, NORDIC, **{"$select": "passwordCredentials"})
    first, second = answer.json()["passwordCredentials"]
    assert (first["hint"], first["endDateTime"]) == ("abc", "2099-12-31T23:59:59Z")
    assert second["endDateTime"].startswith("2024-05-12")
    assert first["secretText"] is None
    assert SECRETS[NORDIC] not in answer.text


def test_an_app_without_it_may_not_even_read_itself(ask):
    answer = ask(NORDIC, NORDIC)
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "Authorization_RequestDenied"


def test_another_directorys_app_is_not_there(ask):
    answer = ask(READER, "e1395995-d4f2-4a98-accc-34af00a7515d")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "Request_ResourceNotFound"


def test_a_property_that_does_not_exist_is_refused(ask):
    assert ask(READER, NORDIC, **{"$select": "secrets"}).status_code == 400
