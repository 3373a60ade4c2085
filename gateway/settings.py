"""The gateway's settings as values."""

from django.conf import settings

from gateway.server import CannotStart


def port_of(name: str) -> int | None:
    """None for "off". Raises CannotStart for what is neither that nor a port."""
    text = str(getattr(settings, name))
    if text == "off":
        return None
    if not (text.isascii() and text.isdigit()) or int(text) > 65_535:
        raise CannotStart(f"{name} is not a port number and not “off”.", is_lasting=True)
    return int(text)
