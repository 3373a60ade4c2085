"""`manage.py send`: what it says, its exit codes, and that nothing refused is stored."""

import json

import pytest

from accounts.models import Company
from mailsettings.models import CompanyMailSettings
from sender.management.commands.send import NOT_SENT, REFUSED, Command
from sender.models import OutboxMessage
from tests.processes import manage, running
from tests.sender.messages import TOP, made_messages

pytestmark = [pytest.mark.processes]

RELAY = ("--company", "OpenRelay", "--as", "ugis.user@balticship.example")
TO = ("--to", "janis@customer.example")


def send(*arguments: str, **options: object) -> tuple[int, dict]:
    """Exit code, and what `--json` printed."""
    done = manage("send", *arguments, "--json", **options)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout)


def assert_refused(answer: tuple[int, dict], *, error: str = "refused", field: str, words: str) -> None:
    code, said = answer
    assert (code, said["error"], said["field"]) == (REFUSED, error, field)
    assert words in said["message"]
    assert said["message"].endswith(".")
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "field", "words"),
    [
        (("--company", "Nowhere", *RELAY[2:], *TO), "as", "not a person of company Nowhere"),
        (("--company", "OneMailbox", *RELAY[2:], *TO), "as", "not a person of company OneMailbox"),
        ((*RELAY,), "to", "no recipient"),
        ((*RELAY, "--to", "janis at customer.example"), "to", "janis at customer.example"),
        ((*RELAY, *TO, "--cc", "@customer.example"), "cc", "@customer.example"),
        ((*RELAY, *TO, "--bcc", "a@b, c@d"), "bcc", "more than one address"),
        ((*RELAY, *TO, "--bcc", "a@b@c"), "bcc", "is not an e-mail address"),
        ((*RELAY, *TO, "--subject", "two\nlines"), "subject", "line break"),
        ((*RELAY, *TO, "--raw", "no/such/file.eml"), "raw", "no/such/file.eml"),
        ((*RELAY, *TO, "--attach", "no/such/file.pdf"), "attach", "no/such/file.pdf"),
        ((*RELAY, *TO, "--attach", "tests"), "attach", "tests"),
        ((*RELAY, *TO, "--key", "k" * 201), "idempotency_key", "200"),
        (("--company", "\udcff", *RELAY[2:], *TO), "as", "not a person"),
        ((*RELAY[:2], "--as", "\udcff@x.example", *TO), "as", "not a person"),
        ((*RELAY, *TO, "--key", "\udcff"), "idempotency_key", "200"),
        ((*RELAY, *TO, "--text", "\udcff"), "text", "characters that mail cannot carry"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_a_sentence(office, capsys, arguments, field, words):
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "send", *arguments, "--json"])
    assert_refused((ended.value.code, json.loads(capsys.readouterr().out)), field=field, words=words)


def test_bytes_that_are_no_text_are_refused_as_a_text(office, tmp_path):
    (tmp_path / "text").write_bytes(b"na\xefve")
    with (tmp_path / "text").open("rb") as file:
        assert_refused(send(*RELAY, *TO, "--text", "-", stdin=file), field="text", words="UTF-8")


def test_without_a_route_every_way_says_why_not(office):
    code, said = send("--company", "NordicFreight", "--as", "ulla.user@nordicfreight.example", *TO)
    assert (code, said["error"]) == (REFUSED, "no_route")
    for sentence in ("Not connected to Microsoft.", "The operator of this portal has not allowed it here."):
        assert sentence in said["message"]
    assert not OutboxMessage.objects.exists()


def test_for_people_the_sentence_stands_alone_on_standard_error(office):
    done = manage("send", *RELAY, "--to", "nobody here")
    assert (done.returncode, done.stdout) == (REFUSED, "")
    assert (
        done.stderr.strip()
        .splitlines()[-1]
        .startswith("CommandError: “nobody here” is not an e-mail address.")
    )


def test_the_same_key_hands_over_once_and_another_message_is_a_clash(office):
    code, first = send(*RELAY, *TO, "--key", "order-7")
    assert (code, first["state"], first["attempts"]) == (0, "waiting", 0)
    assert send(*RELAY, *TO, "--key", "order-7") == (0, first)
    code, said = send(*RELAY, *TO, "--key", "order-7", "--subject", "another")
    assert (code, said["error"], said["field"]) == (REFUSED, "refused", "idempotency_key")
    assert "order-7" in said["message"]
    assert OutboxMessage.objects.count() == 1


def test_the_answer_says_whose_address_is_seen_and_which_ways_were_passed_over(office):
    _code, said = send(*RELAY, *TO)
    assert (said["method"], said["from"], said["sender"]) == (
        "company_smtp",
        "ugis.user@balticship.example",
        "",
    )
    assert said["refused"][0]["method"] == "microsoft_graph"
    assert all(rung["cause"] and rung["reason"] for rung in said["refused"])


def test_a_closed_company_and_one_in_other_letters(office):
    upper = ("--company", "OPENRELAY", "--as", "Ugis.User@BalticShip.example", *TO)
    assert send(*upper)[0] == 0
    Company.objects.update(is_active=False)
    assert send(*upper)[0] == REFUSED


def test_finished_messages_of_files_and_of_standard_input_are_sent_as_they_are(office, tmp_path):
    for name, raw in made_messages().items():
        (tmp_path / name).write_bytes(raw)
    with running("worker"):
        code, said = send(*RELAY, "--raw", str(tmp_path / "smime_signed"), "--wait")
        assert (code, said["state"], said["message_id"]) == (0, "sent", "<made-1@nordicfreight.example>")
        with (tmp_path / "pdf_of_2_mb").open("rb") as file:
            code, said = send(*RELAY, *TO, "--raw", "-", "--wait", stdin=file)
        assert (code, said["state"]) == (0, "sent")
    pdf, signed = office.world.mail()
    assert office.world.raw(signed.id) == (tmp_path / "smime_signed").read_bytes()
    assert office.world.raw(pdf.id) == (tmp_path / "pdf_of_2_mb").read_bytes()
    assert (set(signed.recipients), set(pdf.recipients)) == (
        {"uwe.user@nordicfreight.example"},
        {"janis@customer.example"},
    )


def test_a_finished_message_that_cannot_be_sent_is_refused(office, tmp_path):
    (tmp_path / "two.eml").write_bytes(TOP + b"From: second@customer.example\r\n\r\n")
    assert_refused(send(*RELAY, "--raw", str(tmp_path / "two.eml")), field="from", words="more than one From")


def test_waiting_ends_with_1_and_the_cause_when_the_message_is_not_sent(office):
    office.world.add_fault("smtp.eod", times=1, action="drop_after")
    with running("worker"):
        failed = send(*RELAY, "--to", "nobody@customer.example", "--wait")
        assert failed[0] == NOT_SENT
        assert (failed[1]["state"], failed[1]["cause"]) == ("failed", "recipient_invalid")
        unknown = send(*RELAY, *TO, "--wait")
        assert unknown[0] == NOT_SENT
        assert (unknown[1]["state"], unknown[1]["cause"]) == ("unknown", "unknown_outcome")


def test_waiting_ends_when_the_mailbox_needs_somebody_and_when_time_is_up(office):
    olaf = ("--company", "OwnPassword", "--as", "olaf.smtpoff@nordicfreight.example")
    with running("worker"):
        code, said = send(*olaf, *TO, "--wait")
        assert (code, said["state"], said["cause"]) == (NOT_SENT, "waiting", "smtp_auth_disabled_mailbox")
    code, said = send(*RELAY, *TO, "--wait", "--timeout", "1")
    assert (code, said["state"], said["cause"]) == (NOT_SENT, "waiting", "")


def test_files_over_the_companys_limit_are_refused_before_anything_is_stored(office, capsys, tmp_path):
    company = Company.objects.get(code="OpenRelay")
    CompanyMailSettings.objects.update_or_create(company=company, defaults={"max_files_mb": 1})
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"\0" * (2 * 1024 * 1024))
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "send", *RELAY, *TO, "--attach", str(scan), "--json"])
    answer = (ended.value.code, json.loads(capsys.readouterr().out))
    assert_refused(answer, field="attachments", words="2.0 MB together; your company allows 1 MB")
