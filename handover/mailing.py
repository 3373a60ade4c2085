"""Sending the link to who it is for: by a way of the company's own that works, else by the portal's system mail."""

from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.services import sends_real_mail
from core.addresses import wire_form
from core.errors import InputError
from handover.models import Link
from sender.models import Health, SendingMailbox
from sender.routing import NoRoute, route
from sender.services import Draft, submit

_TIMEOUT_S = 10


def subject(link: Link) -> str:
    return _("%(company)s asks for your help with its e-mail") % {"company": link.company.name}


def letter(link: Link, address: str) -> str:
    """Plain text to forward."""
    return render_to_string("handover/letter.txt", {"link": link, "address": address})


def mail(link: Link, address: str, to: str, sender: Membership) -> bool:
    """Whether it was handed over; it is not when nothing can send, or the portal's own server refused."""
    if _works(sender):
        try:
            draft = Draft(to=[to], subject=subject(link), text=letter(link, address))
            submit(sender, draft, submitted_by=sender.user.email)
        except (NoRoute, InputError):
            return False
        return True
    return sends_real_mail() and _by_the_portal(link, address, to)


def _works(sender: Membership) -> bool:
    """Whether a message of this person has gone the way it would go now, and nothing has gone wrong since."""
    try:
        way = route(sender)
    except NoRoute:
        return False
    owner = str(way.membership.pk) if way.membership else ""
    boxes = SendingMailbox.objects.filter(company=sender.company, method=way.method, owner=owner)
    return boxes.filter(health=Health.READY).exclude(last_worked_at=None).exists()


def _by_the_portal(link: Link, address: str, to: str) -> bool:
    text = letter(link, address)
    connection = get_connection(timeout=_TIMEOUT_S)
    try:
        EmailMessage(subject(link), text, to=[wire_form(to)], connection=connection).send()
    except OSError:  # smtplib's errors are OSErrors too
        return False
    return True
