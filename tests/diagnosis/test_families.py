"""Every documented code has a definite cause, or stands in the list of those that this portal never meets."""

import pytest

from diagnosis.explain import explain
from tests.diagnosis import families


def _pairs(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(code, cause) for cause, codes in table.items() for code in codes.split()]


@pytest.mark.parametrize("number", families.ENTRA.split())
def test_entras_numbers_have_a_cause(number):
    assert explain(f"AADSTS{number}: nein", stage="token", provider="microsoft").is_recognised


@pytest.mark.parametrize("number", families.NOT_OURS.split())
def test_entras_numbers_that_are_not_ours_are_not_guessed_at(number):
    assert not explain(f"AADSTS{number}: nein", stage="token", provider="microsoft").is_recognised


def test_no_number_of_entra_is_in_both_lists():
    assert not set(families.ENTRA.split()) & set(families.NOT_OURS.split())


@pytest.mark.parametrize(("code", "cause"), _pairs(families.GRAPH))
@pytest.mark.parametrize(
    "wrapper",
    [
        '{{"error":{{"code":"{}","message":"nein"}}}}',
        "Microsoft.Graph.ServiceException: Code: {}\nMessage: nein",
        "GraphServiceException: Error code: {}\nError message: nein",
    ],
)
def test_graphs_codes_decide_in_any_wrapper(wrapper, code, cause):
    assert explain(wrapper.format(code), stage="graph_send", provider="microsoft").cause == cause


@pytest.mark.parametrize(("code", "cause"), _pairs(families.STATUS))
def test_status_codes_of_the_registry(code, cause):
    assert explain(f"{code} nein", stage="smtp_mail", provider="other", flow="basic").cause == cause


@pytest.mark.parametrize("code", families.PASSING.split())
def test_status_codes_that_pass(code):
    found = explain(f"{code} nein", stage="smtp_mail", provider="other")
    assert (found.cause, found.who) == ("provider_temporarily_unavailable", "wait")


@pytest.mark.parametrize(("code", "cause"), _pairs(families.EXCHANGE))
def test_exchanges_own_status_codes(code, cause):
    reply = f"{'450' if code.startswith('4') else '550'} {code} nein"
    assert explain(reply, stage="smtp_mail", provider="microsoft").cause == cause
    report = f"Final-Recipient: rfc822; a@b.example\nAction: failed\nDiagnostic-Code: smtp; {reply}"
    assert explain(report, stage="smtp_mail", provider="microsoft").cause == cause
