"""The drafts a message's attempts made at a provider, so that none stays behind in a mailbox when a worker dies."""

from sender.models import Attempt
from sender.transports.base import Outcome


class AttemptDrafts:
    """`sender.transports.base.Drafts` for one attempt; asks the database only when a draft is made."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt

    def left(self) -> list[str]:
        """The ids of drafts that earlier attempts at this message made, and that may still lie there."""
        earlier = Attempt.objects.filter(message=self._attempt.message_id).exclude(pk=self._attempt.pk)
        unsent = earlier.exclude(outcome=Outcome.ACCEPTED).exclude(provider_draft_id="")
        return list(unsent.values_list("provider_draft_id", flat=True))

    def made(self, draft_id: str) -> None:
        Attempt.objects.filter(pk=self._attempt.pk).update(provider_draft_id=draft_id)

    def gone(self, draft_id: str) -> None:
        made = Attempt.objects.filter(message=self._attempt.message_id, provider_draft_id=draft_id)
        made.update(provider_draft_id="")
