"""SPF, DKIM and DMARC of the From domain, asked of a DNS server on loopback."""

from types import SimpleNamespace

import pytest

from sender.doctor import dns_names
from sender.doctor.domain import DomainSteps
from sender.doctor.steps import Book, Words
from tests.sender.dns_server import DnsServer

SPF_OF_MICROSOFT = "v=spf1 ip4:192.0.2.7 include:spf.protection.outlook.com -all"
KEY = "v=DKIM1; k=rsa; p=" + "A" * 300


@pytest.fixture
def names(settings):
    with DnsServer() as server:
        settings.DNS_RESOLVER = server.place
        server.providers = {
            "spf.protection.outlook.com": ["v=spf1 ip4:192.0.2.0/24 -all"],
            "_spf.google.com": ["v=spf1 include:_netblocks.google.com ~all"],
            "_netblocks.google.com": ["v=spf1 ip4:198.51.100.0/24 ~all"],
        }
        yield server


def look(
    provider: str = "microsoft", address: str = "anna@nordic.example", bounces: str = ""
) -> dict[str, object]:
    """The steps by id."""
    subject = SimpleNamespace(route=SimpleNamespace(from_address=address, sender_address=bounces))
    book = Book()
    book.walk(DomainSteps(subject, provider).plan(), Words(provider, "basic"))
    return {step.id: step for step in book.steps}


def states(*arguments: str) -> dict[str, str]:
    return {name: step.state.value for name, step in look(*arguments).items()}


def test_a_domain_set_up_for_microsoft_is_well(names):
    names.records = {
        "nordic.example": ["some-verification=1", SPF_OF_MICROSOFT],
        "keys.provider.example": [KEY],
        "_dmarc.nordic.example": ["v=DMARC1; p=reject; rua=mailto:d@nordic.example"],
    }
    names.aliases = {"selector1._domainkey.nordic.example": "keys.provider.example"}
    assert states() == {"spf": "ok", "dkim": "ok", "dmarc": "ok"}
    assert "reject" in look()["dmarc"].message


def test_a_domain_without_anything_is_warned_about_and_told_what_to_add(names):
    found = look()
    assert {step.state.value for step in found.values()} == {"warn"}
    assert "include:spf.protection.outlook.com" in found["spf"].hint
    assert "_dmarc.nordic.example" in found["dmarc"].hint


@pytest.mark.parametrize(
    ("provider", "records", "state"),
    [
        ("microsoft", [SPF_OF_MICROSOFT], "ok"),
        ("microsoft", ["V=SPF1 +Include:SPF.protection.outlook.com ~all"], "ok"),
        ("microsoft", ["v=spf1 include:_spf.google.com ~all"], "warn"),
        ("microsoft", ["v=spf1 include:evil-spf.protection.outlook.com.example ~all"], "warn"),
        ("microsoft", [SPF_OF_MICROSOFT, "v=spf1 -all"], "warn"),
        ("microsoft", ["v=spf10 include:spf.protection.outlook.com"], "warn"),
        ("google", ["v=spf1 include:_spf.google.com ~all"], "ok"),
        ("google", [SPF_OF_MICROSOFT], "warn"),
        ("other", ["v=spf1 mx -all"], "ok"),
        ("other", [], "warn"),
    ],
)
def test_spf_has_to_be_one_record_that_names_the_provider(names, provider, records, state):
    names.records = {"nordic.example": records}
    assert states(provider)["spf"] == state


@pytest.mark.parametrize(
    ("records", "state"),
    [
        ({"nordic.example": ["v=spf1 include:mail.nordic.example -all"]}, "ok"),
        ({"nordic.example": ["v=spf1 redirect=mail.nordic.example"]}, "ok"),
        ({"nordic.example": ["v=spf1 redirect=mail.nordic.example -all"]}, "warn"),
        ({"nordic.example": ["v=spf1 include:one.example include:mail.nordic.example ~all"]}, "ok"),
        ({"nordic.example": ["v=spf1 include:missing.example include:mail.nordic.example ~all"]}, "warn"),
        ({"nordic.example": ["v=spf1 include:twice.example include:mail.nordic.example ~all"]}, "warn"),
        ({"nordic.example": ["v=spf1 include:spf.protection.outlook.com +all"]}, "warn"),
        ({"nordic.example": ["v=spf1 include:nordic.example include:mail.nordic.example -all"]}, "warn"),
        ({"nordic.example": ["v=spf1 exists:%{i}.list.example include:mail.nordic.example -all"]}, "ok"),
        ({"nordic.example": ["v=spf1 a mx a/24 mx:mail.example include:mail.nordic.example -all"]}, "ok"),
        ({"nordic.example": [f"v=spf1 {'a:x.example ' * 9} include:spf.protection.outlook.com -all"]}, "ok"),
        (
            {"nordic.example": [f"v=spf1 {'a:x.example ' * 10} include:spf.protection.outlook.com -all"]},
            "warn",
        ),
    ],
)
def test_spf_is_followed_as_receivers_do(names, records, state):
    names.records = records | {
        "mail.nordic.example": ["v=spf1 include:spf.protection.outlook.com -all"],
        "one.example": ["v=spf1 ip4:192.0.2.9 -all"],
        "twice.example": ["v=spf1 -all", "v=spf1 ~all"],
    }
    assert states()["spf"] == state


def test_what_breaks_an_spf_record_is_named(names):
    names.records = {"nordic.example": ["v=spf1 include:gone.example -all"]}
    assert "gone.example" in look()["spf"].message
    names.records = {"nordic.example": ["v=spf1 " + "mx " * 11 + "-all"]}
    assert "more than 10 questions" in look()["spf"].message


def test_a_key_that_was_taken_back_is_none(names):
    names.records = {"selector1._domainkey.nordic.example": ["v=DKIM1; k=rsa; p="]}
    assert states()["dkim"] == "warn"


@pytest.mark.parametrize(
    ("record", "address", "policy"),
    [
        ("v=DMARC1; p=reject; sp=none", "anna@nordic.example", "reject"),
        ("v=DMARC1; p=reject; sp=none", "anna@mail.nordic.example", "none"),
        ("v=DMARC1; p=reject", "anna@a.mail.nordic.example", "reject"),
        ("V=DMARC1; P=Quarantine", "anna@nordic.example", "quarantine"),
        ("v = DMARC1 ; p = reject", "anna@nordic.example", "reject"),
    ],
)
def test_a_domain_below_the_organisations_has_a_policy_of_its_own(names, record, address, policy):
    names.records = {"_dmarc.nordic.example": [record]}
    assert f"asks receivers for: {policy}." in look("other", address)["dmarc"].message


def test_only_the_organisations_domain_is_asked_and_no_registry(names):
    look("other", "anna@mail.eu.firm.co.uk")
    assert {"_dmarc.mail.eu.firm.co.uk", "_dmarc.firm.co.uk"} <= set(names.asked)
    assert not {"_dmarc.co.uk", "_dmarc.eu.firm.co.uk"} & set(names.asked)


def test_several_dmarc_records_count_as_none(names):
    names.records = {"_dmarc.nordic.example": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}
    step = look()["dmarc"]
    assert (step.state, "several" in step.message) == ("warn", True)


@pytest.mark.parametrize(
    ("tags", "bounces", "state", "hint"),
    [
        ("p=reject", "", "warn", "forwarded"),
        ("p=reject", "office@mail.nordic.example", "warn", "forwarded"),
        ("p=reject; aspf=s", "office@mail.nordic.example", "warn", "Neither"),
        ("p=reject", "office@other.example", "warn", "Neither"),
        ("p=none", "office@other.example", "ok", ""),
    ],
)
def test_a_strict_policy_needs_one_that_speaks_for_the_from_domain(names, tags, bounces, state, hint):
    names.records = {"nordic.example": [SPF_OF_MICROSOFT], "_dmarc.nordic.example": [f"v=DMARC1; {tags}"]}
    step = look(bounces=bounces)["dmarc"]
    assert (step.state, hint in step.hint) == (state, True)


def test_nothing_is_asked_twice(names):
    names.records = {"nordic.example": ["v=spf1 include:one.example include:one.example -all"]}
    look("other")
    assert names.asked.count("one.example") == 1


def test_dmarc_of_the_domain_above_counts(names):
    names.records = {"_dmarc.nordic.example": ["v=DMARC1;p=none"]}
    step = look("other", "anna@mail.eu.nordic.example")["dmarc"]
    assert step.state == "ok"
    assert "_dmarc.nordic.example" in step.message


def test_a_strict_dmarc_without_dkim_is_a_warning(names):
    names.records = {"_dmarc.nordic.example": ["v=DMARC1; p=quarantine"]}
    assert states()["dmarc"] == "warn"


def test_the_keys_of_an_own_server_cannot_be_known(names):
    assert states("other")["dkim"] == "skip"


def test_a_domain_with_letters_of_its_own_is_asked_for_in_ascii(names):
    look("other", "žanna@žuvis.example")
    assert "žuvis.example".encode("idna").decode() in {name.removeprefix("_dmarc.") for name in names.asked}


def test_a_silent_dns_server_costs_one_time_limit_and_the_steps_say_so(names, monkeypatch):
    monkeypatch.setattr(dns_names, "LIMIT_S", 0.3)
    names.is_silent = True
    found = look()
    assert {step.state.value for step in found.values()} == {"skip"}
    assert {"nordic.example"} == set(names.asked)


def test_switched_off_nothing_is_asked(settings):
    settings.DNS_RESOLVER = "off"
    assert states() == {"dns": "skip"}


@pytest.mark.parametrize("address", ["nobody", "a@" + "x" * 80 + ".example", "a@..example", "a@"])
def test_what_is_no_domain_breaks_nothing(names, address):
    assert set(states("other", address)) == {"spf", "dkim", "dmarc"}


def test_a_key_is_read_with_spaces_around_its_sign(names):
    names.records = {"selector1._domainkey.nordic.example": ["v = DKIM1; p = MIGfMA0"]}
    assert states()["dkim"] == "ok"
