"""The rest by REST: checks, explanations, people, the mail settings, health."""

import pytest
from django.db import connection
from django.db.utils import OperationalError

from accounts.models import AuditEvent
from api.scopes import Scope
from mailsettings.models import Credential, CredentialKind, MicrosoftApp, SmtpServer
from sender.doctor import runs
from tests.safety import canaries

SERVER = {
    "host": "smtp.beta.example",
    "port": 587,
    "security": "starttls",
    "authentication": "password",
    "user_name": "orders@beta.example",
}


def test_a_check_is_asked_for_done_by_a_worker_and_read(world, program):
    erp = program()
    asked = erp.post("/checks", {"as": "bob@people.example"})
    assert (erp.status, asked["state"], asked["person"]) == (202, "waiting", "bob@people.example")
    SmtpServer.objects.all().delete()
    runs.perform(runs.CheckRun.objects.get())
    read = erp.get(erp.headers["Location"].removeprefix("/api/v1"))
    assert (read["state"], read["result"]) == ("done", "failed")
    assert "fail" in [step["state"] for step in read["steps"]]


def test_checks_are_limited_and_closed_to_others(world, program, monkeypatch):
    erp = program()
    check = erp.post("/checks", {"as": "bob@people.example"})["id"]
    for other in (program(people=[world.colleague]), program(company=world.stranger.company)):
        assert other.get(f"/checks/{check}")["status"] == 404
        assert other.post("/checks", {"as": "bob@people.example"})["cause"] == "person_not_allowed"
    monkeypatch.setattr(runs, "MOST_ASKED", 1)
    assert erp.post("/checks", {"as": "bob@people.example"})["status"] == 429
    assert erp.headers["Retry-After"] == "600"


def test_an_error_is_explained_without_what_is_secret_in_it(world, program):
    said = program().post(
        "/explain", {"text": "AADSTS7000215: Invalid client secret. password=hunter2hunter2"}
    )
    assert said["cause"] == "client_secret_invalid"
    assert said["todo"]
    assert "hunter2" not in str(said)


def test_people_are_listed_for_whom_the_key_is(world, program):
    every = program().get("/people?limit=2")
    assert len(every["people"]) == 2
    rest = program().get(f"/people?before={every['before']}")
    addresses = [each["address"] for each in every["people"] + rest["people"]]
    assert sorted(addresses) == [f"{name}@people.example" for name in ("alice", "bob", "carol", "sid")]
    some = program(people=[world.colleague])
    assert [each["address"] for each in some.get("/people")["people"]] == ["carol@people.example"]


def test_a_person_comes_with_the_way_of_the_mail(world, program):
    erp = program()
    said = erp.get("/people/BOB@people.example")
    assert (said["address"], said["route"]["method"]) == ("bob@people.example", "company_smtp")
    SmtpServer.objects.all().delete()
    said = erp.get("/people/bob@people.example")
    assert said["route"] is None
    assert said["passed_over"]


@pytest.mark.parametrize("address", ["mallory@people.example", "carol@people.example", "%00", "x" * 500])
def test_others_are_not_found(world, program, address):
    assert program(people=[world.user]).get(f"/people/{address}")["status"] == 404


def test_settings_are_read_without_a_secret(world, program):
    erp = program()
    erp.call("PATCH", "/settings", {"smtp": SERVER | {"password": canaries.SMTP_PASSWORD}})
    assert erp.status == 200
    read = erp.get("/settings")
    assert read["smtp"]["host"] == "smtp.beta.example"
    assert read["smtp"]["secret"]["kind"] == "smtp_password"
    assert read["office365"] is None
    assert canaries.found_in(str(read).encode()) == []
    stored = Credential.objects.get(kind=CredentialKind.SMTP_PASSWORD)
    assert stored.unseal().decode() == canaries.SMTP_PASSWORD


def test_a_change_names_what_it_changed_and_is_audited_as_the_keys(world, program):
    erp = program()
    erp.call("PATCH", "/settings", {"smtp": SERVER | {"password": canaries.SMTP_PASSWORD}})
    said = erp.call("PATCH", "/settings", {"smtp": {"port": 465, "security": "tls"}})
    assert {"path": "Alpha.smtp.port", "old": 587, "new": 465} in said["changes"]
    assert SmtpServer.objects.get().host == "smtp.beta.example"
    events = AuditEvent.objects.filter(actor_label="API key ERP", action="smtp_server.changed")
    assert events.count() == 2
    assert canaries.found_in(repr(list(AuditEvent.objects.values())).encode()) == []


def test_a_dry_run_changes_nothing(world, program):
    said = program().call("PATCH", "/settings?dry_run=true", {"smtp": {"port": 2525}})
    assert [change["new"] for change in said["changes"]] == [2525]
    assert said["settings"]["smtp"]["port"] == SmtpServer.objects.get().port != 2525


APP = {
    "cloud": "global",
    "tenant_id": "8f1d6c52-0b1c-4f6e-9a3e-5b7d2c9e1a40",
    "client_id": "3b2f9d10-77aa-4c1e-8d55-0e9f61b7c223",
    "callback_form": "portal",
}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"smtp": {"port": 0}}, "smtp.port"),
        ({"smtp": {"port": "587"}}, "smtp.port"),
        ({"smtp": {"host": "smtp\r\nQUIT"}}, "smtp.host"),
        ({"smtp": {"host": "x\x00"}}, "smtp.host"),
        ({"smtp": {"password": ""}}, "smtp.password"),
        ({"smtp": {"certificate": "x"}}, "smtp.certificate"),
        ({"allowed_methods": []}, "allowed_methods"),
        ({"person": []}, "person"),
        ({"office365": APP | {"certificate": "no base64!"}}, "office365.certificate"),
        ({"office365": APP | {"certificate": "YWJj"}}, "office365.certificate"),
        (
            {"office365": APP | {"client_secret": "a", "secret_expires_on": "soon"}},
            "office365.secret_expires_on",
        ),
        ({"policy": {"give_up_hours": 10**30}}, "policy.give_up_hours"),
        ({"smtp": {"port": 465, "security": "tls"}, "policy": {"method": "pigeon"}}, "policy.method"),
    ],
)
def test_one_wrong_value_and_nothing_is_changed(world, program, given, field):
    erp = program()
    before = SmtpServer.objects.values().get()
    said = erp.call("PATCH", "/settings", given)
    assert (erp.status, said["field"]) == (422, field)
    assert SmtpServer.objects.values().get() == before
    assert not MicrosoftApp.objects.exists()


def test_a_refusal_does_not_repeat_a_secret(world, program):
    erp = program()
    secret = canaries.CLIENT_SECRET
    for wrong in ({"client_secret": [secret]}, {"client_secret": secret, "cloud": "moon"}, {secret: secret}):
        said = str(erp.call("PATCH", "/settings", {"office365": APP | wrong}) | {"field": ""})
        if secret not in wrong:
            assert canaries.found_in(said.encode()) == []
        assert erp.status == 422


def test_settings_are_those_of_the_keys_company(world, program):
    program(company=world.stranger.company).call("PATCH", "/settings", {"smtp": {"port": 2525}})
    assert SmtpServer.objects.get(company=world.company).port != 2525


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        (Scope.CHECK, "POST", "/checks"),
        (Scope.CHECK, "POST", "/explain"),
        (Scope.PEOPLE, "GET", "/people"),
        (Scope.PEOPLE, "GET", "/people/bob@people.example"),
        (Scope.SETTINGS_READ, "GET", "/settings"),
        (Scope.SETTINGS_WRITE, "PATCH", "/settings"),
    ],
)
def test_each_needs_its_permission(world, program, scope, method, path):
    without = program(*[each for each in Scope if each != scope])
    assert without.call(method, path)["cause"] == "permission_missing"
    having = program(scope)
    having.call(method, path)
    assert having.status in (200, 400, 422)


def test_health_needs_no_key_and_tells_of_a_database_that_is_gone(client, db, monkeypatch):
    assert client.get("/api/v1/health").json() == {"status": "ok"}

    def gone(*_args: object) -> None:
        raise OperationalError("canary of the database")

    with monkeypatch.context() as broken:
        broken.setattr(connection, "cursor", gone)
        answer = client.get("/api/v1/health")
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert b"canary" not in answer.content
