"""Commands are shown complete: with names of the company, or with words that say what to fill in."""

from diagnosis.commands import filled_in
from diagnosis.explain import explain_cause
from diagnosis.vocabulary import all_causes


def test_names_that_are_known_are_filled_in():
    found = filled_in(
        explain_cause("send_as_denied"), mailbox="anna@alpha.example", from_address="o@alpha.example"
    )
    assert found.commands[0] == (
        "Add-RecipientPermission -Identity o@alpha.example -Trustee anna@alpha.example -AccessRights SendAs"
    )


def test_what_is_not_known_or_empty_is_asked_for():
    (first, *_rest) = filled_in(explain_cause("xoauth2_token_rejected"), client_id="").commands
    assert first.endswith("-AppId <client id> -ObjectId <object id of the enterprise application>")


def test_no_placeholder_is_left_in_any_command():
    for row in all_causes():
        for command in filled_in(explain_cause(row.slug)).commands:
            assert "{" not in command.replace("@{Add=", ""), row.slug
