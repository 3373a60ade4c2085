"""Alarms by mail: through the operator's system mailbox (EMAIL_URL), since the company's own way may be broken."""

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import languages
from accounts.letters import sends_real_mail
from alarms import words
from alarms.channels import NotTold
from alarms.models import OVER, Telling
from core.addresses import wire_form
from core.sentences import kept

TIMEOUT_S = 20

__all__ = ["NotTold", "tell"]


def tell(tellings: list[Telling]) -> None:
    """One mail to the recipient of all these tellings, about one company. Raises NotTold."""
    if not sends_real_mail():
        with kept():
            why = _("This portal has no mailbox of its own; its operator sets EMAIL_URL.")
        raise NotTold(why, is_final=True)
    with translation.override(_language(tellings)):
        letter = _letter(tellings)
    try:
        letter.send()
    except smtplib.SMTPRecipientsRefused as error:
        raise NotTold(str(error), is_final=True) from None
    except OSError as error:  # smtplib's errors are OSErrors too
        raise NotTold(str(error) or type(error).__name__) from None


def _language(tellings: list[Telling]) -> str:
    return languages.of_address(tellings[0].recipient, tellings[0].alarm.company)


def _letter(tellings: list[Telling]) -> EmailMessage:
    recipient, company = tellings[0].recipient, tellings[0].alarm.company
    items = [_item(telling) for telling in sorted(tellings, key=_worst_first)]
    profile = settings.PUBLIC_URL + reverse("profile", args=[company.code]) if company else ""
    text = render_to_string("alarms/mail.txt", {"items": items, "company": company, "profile": profile})
    return EmailMessage(
        _subject(items, company.name if company else "Postroom"),
        text,
        to=[wire_form(recipient)],
        headers={"Auto-Submitted": "auto-generated"},
        connection=get_connection(timeout=TIMEOUT_S),
    )


def _worst_first(telling: Telling) -> tuple[bool, int]:
    return telling.occasion == OVER, telling.alarm.severity


def _item(telling: Telling) -> dict[str, str]:
    alarm = telling.alarm
    is_own = alarm.membership is not None and alarm.membership.user.email == telling.recipient
    told = words.of(alarm, is_own=is_own)
    title = words.over(told.title) if telling.occasion == OVER else told.title
    mend = words.mending(alarm, is_own=is_own)
    return {"title": title, "text": "" if telling.occasion == OVER else told.text, "url": mend.absolute}


def _subject(items: list[dict[str, str]], whose: str) -> str:
    if len(items) == 1:
        subject = f"{whose}: {items[0]['title']}"
    else:
        count = ngettext("%(n)s message about mail", "%(n)s messages about mail", len(items))
        subject = f"{whose}: {count % {'n': len(items)}}"
    return " ".join(subject.split())
