"""docs/methods.md, made from the catalogue."""

from dataclasses import fields

from django.utils import translation

from mailsettings.catalog import METHODS, Abilities

HEAD = """\
# Ways of sending

Made by `manage.py methods` from `mailsettings/catalog.py`; do not edit it by hand. The order is the ladder's: for each
person the first way that is allowed, set up and not switched off is taken. How to add one:
[adding a transport](adding-a-transport.md).

"""
_TITLES = {
    "needs": "needs",
    "sends_from": "From",
    "sent_copy": "copy of what was sent",
    "size": "largest message",
    "shared_mailbox": "from a shared mailbox",
    "clouds": "Microsoft clouds",
}


def methods_page() -> str:
    """The whole page, in English."""
    names = [field.name for field in fields(Abilities)]
    rows = [
        _row(["way", "name in files", *(_TITLES[name] for name in names)]),
        _row(["---"] * (len(names) + 2)),
    ]
    with translation.override("en"):
        for method in METHODS.values():
            able = [getattr(method.abilities, name) for name in names]
            rows.append(_row([str(method.label), f"`{method.slug}`", *able]))
    return HEAD + "\n".join(rows) + "\n"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
