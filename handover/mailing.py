"""Mail about links: the link to who it is for, and to who made it that values came.

By a way of the company's own that works, else by the portal's system mail.
"""

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import languages
from accounts.letters import sends_real_mail
from accounts.models import Membership, Role
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
    with translation.override(languages.of_address(to, link.company)):
        about, text = subject(link), letter(link, address)
    return _send(sender, to, about, text)


def tell_maker(link: Link, *, waits: bool) -> None:
    """Values came by his link; `waits`: it is his turn now. Nothing of the values stands in it.

    Who is no admin of the company any more could not open the page; the overview tells the others.
    """
    admins = link.company.memberships.filter(role=Role.ADMIN, user__is_active=True)
    maker = admins.select_related("user", "company").filter(user=link.made_by).first()
    if maker is None:
        return
    with translation.override(languages.of_person(maker.user, link.company)):
        about = _("Values were handed in by %(whom)s") % {"whom": link.made_for}
        page = settings.PUBLIC_URL + reverse("hand-over-link", args=[link.company.code, link.pk])
        text = render_to_string("handover/came.txt", {"link": link, "waits": waits, "page": page})
    _send(maker, maker.user.email, about, text)


def _send(sender: Membership, to: str, about: str, text: str) -> bool:
    if _works(sender):
        try:
            submit(sender, Draft(to=[to], subject=about, text=text), submitted_by=sender.user.email)
        except (NoRoute, InputError):
            return False
        return True
    return sends_real_mail() and _by_the_portal(to, about, text)


def _works(sender: Membership) -> bool:
    """Whether a message of this person has gone the way it would go now, and nothing has gone wrong since."""
    try:
        way = route(sender)
    except NoRoute:
        return False
    owner = str(way.membership.pk) if way.membership else ""
    boxes = SendingMailbox.objects.filter(company=sender.company, method=way.method, owner=owner)
    return boxes.filter(health=Health.READY).exclude(last_worked_at=None).exists()


def _by_the_portal(to: str, about: str, text: str) -> bool:
    connection = get_connection(timeout=_TIMEOUT_S)
    try:
        EmailMessage(about, text, to=[wire_form(to)], connection=connection).send()
    except OSError:  # smtplib's errors are OSErrors too
        return False
    return True
