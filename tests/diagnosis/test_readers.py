"""The person, the admin and the IT person are each told their own part."""

import pytest

from diagnosis.explain import explain, explain_cause
from diagnosis.readers import RETRY, WHOSE_TURN, Reader, letter, reading
from diagnosis.vocabulary import WHO, all_causes


def test_who_mends_it_is_told_what_to_do_and_nothing_to_forward():
    found = explain_cause("client_secret_expired")
    told = reading(found, Reader.ADMIN)
    assert (told.todo, told.whose_turn, told.letter) == (found.todo, "", "")


def test_a_person_is_told_whose_turn_it_is_and_gets_a_text_to_forward():
    found = explain("AADSTS7000222 trace id: 11111111-2222-3333-4444-555555555555")
    told = reading(found, Reader.USER)
    assert str(told.whose_turn) == "Your company's administrator of this portal has to mend this."
    assert "Pass the text below on" in str(told.todo)
    assert str(found.happened) in told.letter
    assert str(found.todo) in told.letter
    assert "trace_id: 11111111-2222-3333-4444-555555555555" in told.letter


def test_a_person_with_words_of_his_own_reads_those():
    told = reading(explain_cause("admin_consent_required"), Reader.USER)
    assert "Send the approval link" in str(told.todo)
    assert "Open the approval link as an Entra administrator" in told.letter


def test_an_admin_reads_at_once_what_the_it_person_has_to_do():
    found = explain_cause("send_as_denied", provider="microsoft")
    told = reading(found, Reader.ADMIN)
    assert "looks after Microsoft 365" in str(told.whose_turn)
    assert told.todo == found.todo
    assert "Add-RecipientPermission" in told.letter


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
        assert bool(told.whose_turn) == bool(told.letter), row.slug


def test_everybody_who_mends_has_a_sentence_and_every_decision_too():
    assert set(WHO) <= set(WHOSE_TURN)
    assert {row.retry for row in all_causes()} == set(RETRY)
