"""Drafts, and the uploads of their large attachments: in memory, so that they end with the process."""

import time
import uuid
from dataclasses import dataclass, field


@dataclass
class Draft:
    """`raw` has its Bcc; `attachments` were added later. `keeps_id`: the id stays when it is sent."""

    id: str
    mailbox: str
    raw: bytes
    keeps_id: bool
    attachments: list[dict] = field(default_factory=list)
    is_draft: bool = True


@dataclass
class Upload:
    """One attachment on its way: `item` as the client described it, `content` what has come so far."""

    id: str
    draft: Draft
    item: dict
    expires_at: float
    content: bytearray = field(default_factory=bytearray)

    @property
    def size_bytes(self) -> int:
        return self.item["size"]

    @property
    def is_whole(self) -> bool:
        return len(self.content) == self.size_bytes

    @property
    def is_over(self) -> bool:
        return time.time() >= self.expires_at


class Drafts:
    """All drafts and uploads of one sandbox, by their ids."""

    def __init__(self) -> None:
        self._drafts: dict[str, Draft] = {}
        self._uploads: dict[str, Upload] = {}

    def add(self, mailbox: str, raw: bytes, keeps_id: bool) -> Draft:
        draft = Draft(uuid.uuid4().hex, mailbox, raw, keeps_id)
        self._drafts[draft.id] = draft
        return draft

    def one(self, id_: str, mailbox: str) -> Draft | None:
        draft = self._drafts.get(id_)
        return draft if draft and draft.mailbox == mailbox else None

    def of(self, mailbox: str) -> list[Draft]:
        """What lies unsent in the mailbox."""
        return [each for each in self._drafts.values() if each.mailbox == mailbox and each.is_draft]

    def remove(self, draft: Draft) -> None:
        self._drafts.pop(draft.id, None)
        for upload in [each for each in self._uploads.values() if each.draft is draft]:
            self.end(upload)

    def begin(self, draft: Draft, item: dict, lifetime_s: float) -> Upload:
        upload = Upload(uuid.uuid4().hex, draft, item, time.time() + lifetime_s)
        self._uploads[upload.id] = upload
        return upload

    def upload(self, id_: str) -> Upload | None:
        """None when it never was, was ended, or its time is over."""
        upload = self._uploads.get(id_)
        return upload if upload and not upload.is_over else None

    def end(self, upload: Upload) -> None:
        self._uploads.pop(upload.id, None)

    def clear(self) -> None:
        self._drafts.clear()
        self._uploads.clear()
