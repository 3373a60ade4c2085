"""A person's own page: what he sends as and why, and his ways of signing in."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import company_page
from accounts.forms import LanguageForm
from accounts.models import Membership
from accounts.second_step import factors
from mailsettings import catalog, credentials, needs, retirements
from mailsettings.catalog import GMAIL_APP_PASSWORD
from mailsettings.email_password import way_of
from mailsettings.forms.person import PersonForm
from mailsettings.models import CompanyMailSettings, GoogleSending, SmtpServer
from oauth import google_services
from oauth.google_tokens import is_testing
from oauth.links import google_start_link, start_link
from oauth.models import ConnectionState, Provider
from oauth.moving import move_link
from oauth.registration import READ_WRITE, wanted
from oauth.services import can_connect, connection_of
from oauth.words import of_connection, of_lacking
from sender.routing import NoRoute, Route, route
from sender.sending_state import SendingState, state_of


@dataclass(frozen=True, slots=True)
class Step:
    """A button: `kind` names the card of the page whose button it takes the place of."""

    kind: str
    label: str
    url: str
    icon: str
    mends: bool = False


@require_safe
@company_page()
def profile(request: HttpRequest) -> HttpResponse:
    """What is typed here goes to pages of the apps below: `profile-method`, `profile-password`, `test-send` …"""
    membership = request.membership
    state = state_of(membership)
    way = _way_of(membership)
    context = {
        "person_form": PersonForm(membership=membership),
        "language_form": LanguageForm(initial={"language": membership.user.language}),
        **way,
        "state": state,
        "move": _move(membership, way["way"]),
        "microsoft": _microsoft(membership, way["way"]),
        "google": _google(membership, way["way"]),
        "email_password": _password(membership, way_of(membership)),
        "gmail": _password(membership, GMAIL_APP_PASSWORD),
        "second_step": factors.is_on(membership.user),
    }
    context["main"] = main_step(membership, state, context)
    return render(request, "portal/profile.html", context)


def main_step(membership: Membership, state: SendingState, shown: Mapping[str, object]) -> Step:
    """The one button at the top: what mends the person's mail first, else sets it up, else tries it."""
    connecting = [step for name in ("microsoft", "google") if (step := _connecting(name, shown[name]))]
    mending = next((step for step in connecting if step.mends), None)
    if mending is not None:
        return mending
    code = membership.company.code
    if shown["way"] and state.tone == "bad":
        return Step("check", _("Find out what is wrong"), reverse("check", args=[code]), "stethoscope")
    if shown["way"]:
        return Step("test", _("Send a test to myself"), reverse("test-send", args=[code]), "send")
    if connecting:
        return connecting[0]
    if _is_ready(shown["email_password"]):
        label, url = _("Store my e-mail password"), reverse("profile-password", args=[code])
        return Step("email_password", label, url, "key-round")
    if _is_ready(shown["gmail"]):
        label, url = _("Store my Gmail app password"), reverse("profile-gmail", args=[code])
        return Step("gmail", label, url, "key-round")
    return Step("", "", "", "")


def _is_ready(card: Mapping[str, object] | None) -> bool:
    """Whether a password is all that is missing."""
    return card is not None and card["is_ready"]


def _connecting(name: str, card: Mapping[str, object] | None) -> Step | None:
    """Connect or reconnect, where that is possible and not done."""
    if card is None or card["hindrances"]:
        return None
    provider = Provider(name).label
    mends = bool(card["needs_reconnecting"] or card["needs_more"])
    if card["connection"] and not mends:
        return None
    label = _("Reconnect to %(provider)s") if mends else _("Connect to %(provider)s")
    return Step(name, label % {"provider": provider}, card["start_url"], "plug", mends)


def _way_of(membership: Membership) -> dict[str, object]:
    """The route as it is now, and the ways passed over that the person himself could mend."""
    try:
        way, refused = (found := route(membership)), found.refused
    except NoRoute as none:
        way, refused = None, none.refused
    policy = CompanyMailSettings.objects.filter(company=membership.company).exclude(method="").first()
    return {
        "way": way,
        "refused": [rung for rung in refused if rung.cause != "method_not_allowed"],
        "only_way": catalog.METHODS[policy.method].label if policy else "",
    }


def _move(membership: Membership, way: Route | None) -> dict[str, object] | None:
    """When the person's way is ending: since when, and how to get to Connect to Microsoft; else None."""
    server = SmtpServer.objects.filter(company=membership.company).first()
    ending = retirements.of_way(way.method, server) if way else None
    if ending is None:
        return None
    settings_page = reverse("settings-office365", args=[membership.company.code])
    return {
        "ending": ending,
        "hindrances": can_connect(membership),
        "url": move_link(membership),
        "settings_url": settings.PUBLIC_URL + settings_page,
    }


def _microsoft(membership: Membership, way: Route | None) -> dict[str, object] | None:
    """What the Connect card shows; None where the operator has not allowed it."""
    if not any(membership.company.allows(method) for method in catalog.BY_CONNECTION):
        return None
    connection = connection_of(membership)
    if connection is not None and connection.state == ConnectionState.DISCONNECTED:
        connection = None
    return {
        "connection": connection,
        "is_used": way is not None and way.method in catalog.BY_CONNECTION,
        "needs_reconnecting": connection is not None and not connection.is_usable,
        "reads_mail": READ_WRITE in wanted(membership.company),
        "needs_more": of_lacking(connection) if connection is not None and connection.is_usable else [],
        "explanation": of_connection(connection) if connection is not None and connection.cause else None,
        "hindrances": can_connect(membership),
        "start_url": start_link(membership),
    }


def _google(membership: Membership, way: Route | None) -> dict[str, object] | None:
    """What the card of Google shows; None where the company has not set it up, or it is not allowed."""
    app = google_services.app_of(membership)
    if app is None:
        return None
    connection = google_services.connection_of(membership)
    if connection is not None and connection.state == ConnectionState.DISCONNECTED:
        connection = None
    return {
        "connection": connection,
        "is_used": way is not None and way.method in catalog.OF_GOOGLE,
        "needs_reconnecting": connection is not None and not connection.is_usable,
        "needs_more": connection is not None and google_services.needs_more(connection, app),
        "is_testing": connection is not None and is_testing(connection),
        "explanation": of_connection(connection) if connection is not None and connection.cause else None,
        "hindrances": google_services.can_connect(membership),
        "start_url": google_start_link(membership),
        "reads_mail": app.send_by == GoogleSending.SMTP,
    }


def _password(membership: Membership, method: str) -> dict[str, object] | None:
    """What a password's card shows; None where it is not allowed, or the company sends another way."""
    company = membership.company
    if not company.allows(method):
        return None
    credential = credentials.stored(company, catalog.METHODS[method].credential_kind, membership)
    policy = CompanyMailSettings.objects.filter(company=company).first()
    if credential is None and policy and policy.method not in ("", method):
        return None
    is_ready = needs.of_method(company, method) == []
    return {"credential": credential, "way": catalog.METHODS[method], "is_ready": is_ready}
