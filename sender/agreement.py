"""Appending the company's agreement text to a message in parts, where a person writes it in a mail program."""

import re

from django.utils.translation import gettext as _

from core.errors import InputError
from mailsettings.models import AgreementText

_END_OF_BODY = re.compile(r"</body\s*>", re.IGNORECASE)


def check(*, is_finished: bool, agreement: str, language: str) -> None:
    """Raises InputError for what cannot be asked for, whatever texts there are."""
    if agreement and is_finished:
        message = _(
            "A finished message is sent as it is, so no agreement can be appended. Give its parts instead."
        )
        raise InputError(message, "agreement")
    if language and not agreement:
        raise InputError(_("A language is for an agreement. Name the agreement, too."), "language")


def appended(chosen: AgreementText, *, text: str, html: str) -> tuple[str, str]:
    """The message's text and HTML with the agreement at their ends; an empty message gets both.

    A message that is only text, or only HTML, stays so.
    """
    if not text and not html:
        return chosen.appended_text, chosen.appended_html
    if text:
        text = f"{text.rstrip()}\n\n{chosen.appended_text}"
    if html:
        html = _before_end_of_body(html, chosen.appended_html)
    return text, html


def _before_end_of_body(html: str, addition: str) -> str:
    ends = list(_END_OF_BODY.finditer(html))
    place = ends[-1].start() if ends else len(html)
    return f"{html[:place]}\n{addition}{html[place:]}"
