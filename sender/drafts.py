"""The drafts a message's attempts made at a provider, so that none stays behind in a mailbox when a worker dies."""

from sender.claims import Claimed
from sender.models import Attempt
from sender.transports.base import Outcome, Phase


class AttemptDrafts:
    """`sender.transports.base.Drafts` for one attempt; asks the database only when a draft is made."""

    def __init__(self, claimed: Claimed, method: str) -> None:
        self._claimed = claimed
        self._method = method

    def left(self) -> list[str]:
        """The ids of drafts that earlier attempts at this message made, and that may still lie there."""
        earlier = Attempt.objects.filter(message=self._claimed.pk)
        unsent = earlier.exclude(outcome=Outcome.ACCEPTED).exclude(provider_draft_id="")
        return list(unsent.values_list("provider_draft_id", flat=True))

    def made(self, draft_id: str) -> None:
        """Opens the attempt's row, which otherwise is made when the attempt has ended.

        One that a worker had to leave off, before it handed anything over, did not count and has the same number.
        """
        Attempt.objects.update_or_create(
            message_id=self._claimed.pk,
            number=self._claimed.number,
            defaults={"method": self._method, "phase": Phase.CONTENT, "provider_draft_id": draft_id},
        )

    def gone(self, draft_id: str) -> None:
        made = Attempt.objects.filter(message=self._claimed.pk, provider_draft_id=draft_id)
        made.update(provider_draft_id="")
