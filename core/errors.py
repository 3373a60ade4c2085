"""Base of every error the product raises on purpose."""


class PostroomError(Exception):
    """Something the product refuses or could not do.

    `str()` is safe to log and to show: it never holds a secret, a token or a server's raw reply.
    Facts a handler needs are attributes of the subclass.
    """


class InputError(PostroomError):
    """What a person or a caller gave cannot be used; nothing was changed.

    `field` names the input (a form field, a TOML path, a header), `message` is the sentence shown beside it.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class ConfigurationError(PostroomError):
    """The installation's own settings are wrong; only the operator can mend it."""
