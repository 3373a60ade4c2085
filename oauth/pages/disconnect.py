"""Ending one's own connection, after a question."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import company_page
from accounts.audit import Actor
from oauth import services
from oauth.models import Connection, ConnectionState


@require_http_methods(["GET", "POST"])
@company_page()
def disconnect(request: HttpRequest) -> HttpResponse:
    return ask_and_end(request, services.connection_of(request.membership))


def ask_and_end(request: HttpRequest, connection: Connection | None) -> HttpResponse:
    """The question by GET, the end by POST."""
    if connection is None or connection.state == ConnectionState.DISCONNECTED:
        raise Http404("There is no connection to end.")
    if request.method == "GET":
        return render(request, "oauth/disconnect.html", {"connection": connection})
    services.disconnect(connection, Actor.of(request))
    messages.success(request, _("Disconnected. The permission to send as you was removed from this portal."))
    return redirect("profile", request.company.code)
