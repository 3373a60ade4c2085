"""The checks of an ID token that MSAL leaves to us, and whose address is expected."""

import time

import pytest

from mailsettings.clouds import cloud
from mailsettings.models import UserMailSettings
from oauth.errors import AnswerRejected
from oauth.identity import Account, check_id_token, expected_addresses
from oauth.registration import Registration

TENANT = "61c97ac5-6d32-4bcf-ab68-1fb342a6146e"
CLIENT = "199c0398-63f2-478d-9eb9-0b1abe4001f4"
OTHER = "00000000-0000-4000-8000-000000000001"
ISSUER = f"https://login.microsoftonline.com/{TENANT}/v2.0"


def registration(tenant=TENANT):
    return Registration(cloud("global"), tenant, CLIENT, "http://testserver/cb", "the-secret")


def claims(**changes):
    return {
        "aud": CLIENT,
        "iss": ISSUER,
        "tid": TENANT,
        "oid": OTHER,
        "exp": int(time.time()) + 3600,
    } | changes


def test_a_right_token_passes_for_a_directory_by_id_and_by_domain():
    for directory in (TENANT, TENANT.upper(), "alpha.example"):
        assert check_id_token(claims(), registration(directory), ISSUER) is None


@pytest.mark.parametrize(
    ("changed", "failing"),
    [
        ({"aud": OTHER}, "aud"),
        ({"iss": ISSUER.replace(TENANT, OTHER)}, "iss"),
        ({"tid": OTHER}, "tid"),
        ({"tid": ""}, "tid"),
        ({"exp": time.time() - 3600}, "exp"),
        ({"exp": "tomorrow"}, "exp"),
        ({"oid": ""}, "oid"),
    ],
)
def test_each_wrong_claim_is_found(changed, failing):
    with pytest.raises(AnswerRejected) as rejected:
        check_id_token(claims(**changed), registration(), ISSUER)
    assert rejected.value.check == failing


def test_no_id_token_at_all_is_refused():
    with pytest.raises(AnswerRejected) as rejected:
        check_id_token({}, registration(), ISSUER)
    assert rejected.value.check == "id_token"


def test_a_token_of_another_directory_is_refused_even_when_it_fits_its_own_issuer():
    issuer = ISSUER.replace(TENANT, OTHER)
    with pytest.raises(AnswerRejected) as rejected:
        check_id_token(claims(iss=issuer, tid=OTHER), registration(), issuer)
    assert rejected.value.check == "directory"


def test_the_persons_address_and_a_typed_user_name_are_expected(world):
    assert expected_addresses(world.user) == ["bob@people.example"]
    person = UserMailSettings.objects.create(
        company=world.company, membership=world.user, user_name="b@alpha.example"
    )
    assert expected_addresses(world.user) == ["b@alpha.example", "bob@people.example"]
    UserMailSettings.objects.filter(pk=person.pk).update(user_name="ALPHA\\bob")
    assert expected_addresses(world.user) == ["bob@people.example"]


def test_addresses_are_compared_whatever_their_case():
    account = Account(OTHER, "Bob", ("Bob@People.Example", "bob@alpha.onmicrosoft.example"))
    assert account.has_one_of(["bob@people.example"])
    assert not account.has_one_of(["carol@people.example"])
    assert not Account(OTHER, "", ()).has_one_of(["bob@people.example"])


@pytest.mark.parametrize(
    "known", ["bob@xn--exmple-cua.example", "BOB@exämple.example", "bob@EXA\u0308MPLE.example"]
)
def test_an_address_is_the_same_in_each_spelling_of_its_domain(known):
    account = Account(OTHER, "Bob", (known,))
    assert account.has_one_of(["bob@exämple.example"])
    assert not account.has_one_of(["bob@example.example"])


def test_letters_that_only_look_alike_are_two_addresses():
    assert not Account(OTHER, "", ("strasse@people.example",)).has_one_of(["straße@people.example"])
