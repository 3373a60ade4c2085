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
from accounts.models import Company, Membership
from alarms import words
from alarms.channels import NotTold
from alarms.models import OVER, Telling
from core.addresses import wire_form
from core.sentences import kept

TIMEOUT_S = 20
MOST_ITEMS = 50  # in one letter; its reader finds the others on the page

__all__ = ["NotTold", "tell"]


def tell(tellings: list[Telling]) -> None:
    """One mail to the recipient of all these tellings, about one company. Raises NotTold."""
    if not sends_real_mail():
        with kept():
            why = _("This portal has no mailbox of its own; its operator sets EMAIL_URL.")
        raise NotTold(why, is_final=True)
    try:
        to = wire_form(tellings[0].recipient)
    except ValueError as error:
        raise NotTold(str(error), is_final=True) from None
    with translation.override(_language(tellings)):
        letter = _letter(tellings, to)
    try:
        letter.send()
    except smtplib.SMTPRecipientsRefused as error:
        raise NotTold(str(error), is_final=True) from None
    except OSError as error:  # smtplib's errors are OSErrors too
        raise NotTold(str(error) or type(error).__name__) from None


def _language(tellings: list[Telling]) -> str:
    return languages.of_address(tellings[0].recipient, tellings[0].alarm.company)


def _letter(tellings: list[Telling], to: str) -> EmailMessage:
    recipient, company = tellings[0].recipient, tellings[0].alarm.company
    member = Membership.objects.filter(company=company, user__email=recipient).first() if company else None
    ordered = sorted(tellings, key=_worst_first)
    items = [_item(telling, member) for telling in ordered[:MOST_ITEMS]]
    as_operator = all(item["is_operator"] for item in items)
    context = {
        "items": items,
        "more": len(ordered) - len(items),
        "company": company,
        "as_operator": as_operator,
    }
    context["pages"] = _pages(company, as_operator)
    return EmailMessage(
        _subject(items, len(ordered), company.name if company else "Postroom"),
        render_to_string("alarms/mail.txt", context),
        to=[to],
        headers={"Auto-Submitted": "auto-generated"},
        connection=get_connection(timeout=TIMEOUT_S),
    )


def _pages(company: Company | None, as_operator: bool) -> dict[str, str]:
    """Where all alarms stand, and where these letters are switched off."""
    if company is None or as_operator:
        return {"all": settings.PUBLIC_URL + reverse("operator-overview")}
    names = {"all": "alarms", "profile": "profile"}
    return {key: settings.PUBLIC_URL + reverse(name, args=[company.code]) for key, name in names.items()}


def _worst_first(telling: Telling) -> tuple[bool, int]:
    return telling.occasion == OVER, telling.alarm.severity


def _item(telling: Telling, member: Membership | None) -> dict[str, object]:
    """`member`: who reads it, where he belongs to the company; an operator need not."""
    alarm = telling.alarm
    is_own = member is not None and member.pk == alarm.membership_id
    is_operator = not (is_own or (member is not None and member.is_admin))
    told = words.of(alarm, is_own=is_own, is_operator=is_operator)
    is_over = telling.occasion == OVER
    return {
        "title": words.over(told.title) if is_over else told.title,
        "text": "" if is_over else told.text,
        "url": words.mending(alarm, is_own=is_own, is_operator=is_operator).absolute,
        "is_operator": is_operator,
    }


def _subject(items: list[dict[str, object]], number: int, whose: str) -> str:
    if number == 1:
        subject = f"{whose}: {items[0]['title']}"
    else:
        count = ngettext("%(n)s message about mail", "%(n)s messages about mail", number)
        subject = f"{whose}: {count % {'n': number}}"
    return " ".join(subject.split())
