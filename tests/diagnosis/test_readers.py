"""The person, the admin and the IT person are each told their own part."""

import pytest

from diagnosis.explain import explain, explain_cause
from diagnosis.readers import RETRY, WHOSE_TURN, Reader, for_each, letter, reading
from diagnosis.vocabulary import WHO, all_causes


def test_who_mends_it_is_told_what_to_do_and_nothing_to_forward():
    found = explain_cause("smtp_host_not_found")
    told = reading(found, Reader.ADMIN)
    assert (told.todo, told.whose_turn, told.letter) == (found.todo, "", "")


def test_an_admin_gets_a_text_for_it_where_it_has_a_part():
    found = explain_cause("client_secret_expired")
    told = reading(found, Reader.ADMIN)
    assert (told.todo, told.whose_turn) == (found.todo, "")
    assert "hand its Value (not its Secret ID)" in told.letter


def test_a_person_is_told_whose_turn_it_is_and_gets_a_text_to_forward():
    found = explain("AADSTS7000222 trace id: 11111111-2222-3333-4444-555555555555")
    told = reading(found, Reader.USER)
    assert str(told.whose_turn) == "Your company's administrator of this portal has to mend this."
    assert "Pass the text below on" in str(told.todo)
    assert str(found.happened) in told.letter
    assert str(found.todo) in told.letter
    assert "trace_id: 11111111-2222-3333-4444-555555555555" in told.letter


@pytest.mark.parametrize("provider", ["microsoft", "google"])
def test_who_can_simply_connect_again_is_not_sent_to_the_operator(provider):
    told = reading(
        explain_cause("refresh_token_not_issued", provider=provider, flow="delegated"), Reader.USER
    )
    assert str(told.todo).startswith("Connect the account again")
    assert (told.whose_turn, told.letter) == ("", "")


def test_a_person_with_words_of_his_own_reads_those():
    told = reading(explain_cause("admin_consent_required"), Reader.USER)
    assert "Send the approval link" in str(told.todo)
    assert "Open the approval link as an Entra administrator" in told.letter


def test_an_admin_reads_at_once_what_the_it_person_has_to_do():
    found = explain_cause("resource_not_in_tenant", provider="microsoft")
    told = reading(found, Reader.ADMIN)
    assert told.todo == found.todo
    assert "looks after Microsoft 365" in str(told.whose_turn)


def test_an_admin_reads_what_he_can_do_himself_and_the_letter_what_it_does():
    found = explain_cause("send_as_denied", provider="microsoft")
    told = reading(found, Reader.ADMIN)
    assert "Mail settings → Policy" in str(told.todo)
    assert "looks after Microsoft 365" in str(told.whose_turn)
    assert str(found.todo) in told.letter
    assert "Add-RecipientPermission" in told.letter


def test_support_reads_what_to_tell_each_of_the_three():
    told = dict(for_each(explain_cause("smtp_auth_disabled_tenant", provider="microsoft")))
    words = {str(name): str(todo) for name, todo in told.items()}
    assert "Connect to Microsoft, press it" in words["The person"]
    assert "Let people connect" in words["The company's administrator"]
    assert "first command" in words["The IT person"]


def test_who_has_no_words_of_his_own_hears_whose_turn_it_is():
    ((name, todo),) = for_each(explain_cause("client_assertion_time_invalid"))
    assert (str(name), str(todo)) == ("The person", "The operator of this portal has to mend this.")


def test_words_about_microsoft_are_not_told_at_google():
    told = for_each(explain_cause("xoauth2_token_rejected", provider="google"))
    assert not any("service principal" in str(todo) for _name, todo in told)


def test_a_colleagues_password_is_the_colleagues_turn():
    found = explain_cause("user_password_wrong")
    assert reading(found, Reader.ADMIN).whose_turn == ""
    assert "whose mail it is" in str(reading(found, Reader.ADMIN, is_own=False).whose_turn)


def test_what_passes_by_itself_is_nobodys_turn():
    told = reading(explain_cause("sending_limit_reached"), Reader.SUPPORT, is_own=False)
    assert (told.whose_turn, told.letter) == ("", "")


def test_googles_administrator_is_meant_where_it_is_google():
    told = reading(explain_cause("admin_consent_required", provider="google"), Reader.USER)
    assert "looks after Google" in str(told.whose_turn)
    assert "Google Workspace admin console" in told.letter


def test_a_letter_masks_secrets():
    assert "hunter2hunter2" not in letter(explain("535 password=hunter2hunter2 refused"))


@pytest.mark.parametrize("reader", list(Reader))
def test_every_cause_says_something_to_every_reader(reader):
    for row in all_causes():
        told = reading(explain_cause(row.slug), reader, is_own=False)
        assert str(told.todo), row.slug
        assert told.letter or not told.whose_turn, row.slug
        assert for_each(explain_cause(row.slug)), row.slug


def test_everybody_who_mends_has_a_sentence_and_every_decision_too():
    assert set(WHO) <= set(WHOSE_TURN)
    assert {row.retry for row in all_causes()} == set(RETRY)
