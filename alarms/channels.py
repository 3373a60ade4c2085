"""What the channels share."""

from core.errors import PostroomError


class NotTold(PostroomError):
    """The recipient was not reached. `is_final`: trying again would not help."""

    def __init__(self, why: str, *, is_final: bool = False) -> None:
        super().__init__(why)
        self.is_final = is_final
