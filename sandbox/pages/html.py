"""HTML made of elements: whatever is not Html already is escaped, so nothing from a message or a query gets through."""

from html import escape


class Html(str):
    """Markup that is safe as it is. Only `el` and constants in this package make it."""

    __slots__ = ()


def el(name: str, /, *children: object, **attributes: object) -> Html:
    """`<name …>children</name>`. Lists are laid out, None and False are left out; `class_` and `for_` lose the bar."""
    pairs = ((key.strip("_").replace("_", "-"), value) for key, value in attributes.items())
    given = "".join(_attribute(key, value) for key, value in pairs if value not in (None, False))
    if name in ("br", "input", "link", "meta"):
        return Html(f"<{name}{given}>")
    return Html(f"<{name}{given}>{join(*children)}</{name}>")


def join(*children: object) -> Html:
    return Html("".join(_text(child) for child in children))


def _text(child: object) -> str:
    if child is None or child is False:
        return ""
    if isinstance(child, Html):
        return child
    if isinstance(child, list | tuple):
        return join(*child)
    return escape(str(child))


def _attribute(key: str, value: object) -> str:
    return f" {key}" if value is True else f' {key}="{escape(str(value))}"'
