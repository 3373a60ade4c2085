"""Filling in the placeholders of the portal's addresses."""

from accounts import mailings
from accounts.audit import COMMAND_LINE
from accounts.models import Invitation, Letter, Mailing, Why
from handover import links
from handover.models import Link
from handover.ways import WAYS
from mailsettings.models import Credential
from sender.models import OutboxMessage
from sender.services import Draft, submit
from tests.webhooks.listeners import listener, posted_to
from webhooks.models import Delivery, Endpoint


def fill_in(route: str, world) -> str:
    """The path of a route with objects of the world's user; other placeholders stay."""
    values = {"<company:company_code>": world.company.code, "<uuid:membership_id>": world.user.pk}
    values["<path:object_id>"] = values["<id>"] = world.user.user.pk
    values["<str:token>"] = "no-such-token"
    values["<slug:guide>"] = "smtp-send-as-app"
    for placeholder, find in (
        ("<uuid:message_id>", _message),
        ("<uuid:invitation_id>", _invitation),
        ("<uuid:credential_id>", _credential),
        ("<uuid:link_id>", _hand_over),
        ("<uuid:mailing_id>", _mailing),
        ("<uuid:letter_id>", _letter),
        ("<uuid:endpoint_id>", _webhook),
        ("<uuid:delivery_id>", _posted),
    ):
        if placeholder in route:
            values[placeholder] = find(world)
    for placeholder, value in values.items():
        route = route.replace(placeholder, str(value))
    return "/" + route


def is_plain(path: str) -> bool:
    """Whether nothing is left to fill in; regular expressions are Django's and allauth's own."""
    return not set("<(^") & set(path)


def _message(world) -> object:
    message = OutboxMessage.objects.first() or submit(
        world.user, Draft(to=["rita@recipient.example"], subject="Order 1", text="One."), submitted_by="test"
    )
    return message.pk


def _invitation(world) -> object:
    fields = {"email": "new@people.example", "token_hash": "0" * 64, "expires_at": "2099-01-01T00:00Z"}
    return Invitation.objects.get_or_create(company=world.company, accepted_at=None, defaults=fields)[0].pk


def _credential(world) -> object:
    return Credential.objects.filter(company=world.company, membership=None).values_list("pk", flat=True)[0]


def _hand_over(world) -> object:
    made = Link.objects.filter(company=world.company).first()
    return (made or links.make(world.company, WAYS["connect"], "Iris", actor=COMMAND_LINE)[0]).pk


def _mailing(world) -> object:
    made = Mailing.objects.filter(company=world.company).first()
    return (made or mailings.plan_asking(world.company, [(world.user, Why.RECONNECT)], COMMAND_LINE)).pk


def _letter(world) -> object:
    return Letter.objects.filter(mailing=_mailing(world)).values_list("pk", flat=True)[0]


def _webhook(world) -> object:
    made = Endpoint.objects.filter(company=world.company).first()
    return (made or listener(world.company)[0]).pk


def _posted(world) -> object:
    made = Delivery.objects.filter(endpoint=_webhook(world)).first()
    return (made or posted_to(Endpoint.objects.get(pk=_webhook(world)))).pk
