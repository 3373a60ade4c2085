"""A person's own page: what he sends as and why, and his ways of signing in."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import company_page
from accounts.audit import Actor
from accounts.models import Membership
from diagnosis.vocabulary import cause
from mailsettings import catalog, credentials
from mailsettings.catalog import GMAIL_APP_PASSWORD, MICROSOFT_GRAPH, SMTP_PASSWORD
from mailsettings.forms.person import PersonForm
from mailsettings.models import Credential
from mailsettings.services import save_person
from oauth.links import start_link
from oauth.models import Connection, ConnectionState
from oauth.services import can_connect, connection_of
from sender.routing import NoRoute, route


@require_http_methods(["GET", "POST"])
@company_page()
def profile(request: HttpRequest) -> HttpResponse:
    membership = request.membership
    form = PersonForm(request.POST if request.method == "POST" else None, membership=membership)
    if request.method == "POST" and form.is_valid():
        save_person(membership, form.cleaned_data, actor=Actor.of(request))
        messages.success(request, _("Saved."))
        return redirect("profile", request.company.code)
    context = {
        "form": form,
        **_way_of(membership),
        "microsoft": _microsoft(membership),
        "email_password": _password(membership, SMTP_PASSWORD),
        "gmail": _password(membership, GMAIL_APP_PASSWORD),
    }
    return render(request, "portal/profile.html", context)


def _way_of(membership: Membership) -> dict[str, object]:
    """The route as it is now, and the ways passed over that the person himself could mend."""
    try:
        way, refused = (found := route(membership)), found.refused
    except NoRoute as none:
        way, refused = None, none.refused
    return {"way": way, "refused": [rung for rung in refused if rung.cause != "method_not_allowed"]}


def _microsoft(membership: Membership) -> dict[str, object] | None:
    """What the Connect card shows; None where the operator has not allowed it."""
    if not membership.company.allows(MICROSOFT_GRAPH):
        return None
    connection = connection_of(membership)
    if connection is not None and connection.state == ConnectionState.DISCONNECTED:
        connection = None
    return {
        "connection": connection,
        "needs_reconnecting": connection is not None and not connection.is_usable,
        "cause": _cause_of(connection),
        "hindrances": can_connect(membership),
        "start_url": start_link(membership),
    }


def _cause_of(connection: Connection | None) -> object | None:
    return cause(connection.cause) if connection is not None and connection.cause else None


def _password(membership: Membership, method: str) -> dict[str, Credential | None] | None:
    """What a password's card shows; None where the operator has not allowed it."""
    if not membership.company.allows(method):
        return None
    kind = catalog.METHODS[method].credential_kind
    return {"credential": credentials.stored(membership.company, kind, membership)}
