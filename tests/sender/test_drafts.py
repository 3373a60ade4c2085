"""Drafts that a message's attempts made at a provider."""

import pytest

from sender.drafts import AttemptDrafts
from tests.sender.helpers import begun, hand_over

pytestmark = pytest.mark.django_db


def test_a_draft_of_a_try_that_was_stopped_does_not_stop_the_next_one(world):
    message = hand_over(world.user)
    taken = begun(message)
    AttemptDrafts(taken, "microsoft_graph").made("draft-1")
    next_try = AttemptDrafts(taken, "microsoft_graph")
    assert next_try.left() == ["draft-1"]
    next_try.made("draft-2")
    assert message.attempts.get().provider_draft_id == "draft-2"
