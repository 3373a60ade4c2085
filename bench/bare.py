"""Bare views: what a signed-in person's fifty rows cost with Django alone."""

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path

from accounts.models import Membership
from sender.models import OutboxMessage

ROWS = 50
_OUTBOX = engines["django"].from_string("""<!doctype html><title>Outbox</title><table>
{% for row in rows %}<tr><td><a href="/outbox/{{ row.pk }}/">{{ row.subject }}</a></td>
<td>{% for to in row.recipients.all %}{{ to.address }} {% endfor %}</td><td>{{ row.person }}</td>
<td>{{ row.get_state_display }}</td><td>{{ row.submitted_at }}</td></tr>
{% endfor %}</table>""")
_PEOPLE = engines["django"].from_string("""<!doctype html><title>People</title><table>
{% for row in rows %}<tr><td><a href="/people/{{ row.pk }}/">{{ row.user.name }}</a></td><td>{{ row.user.email }}</td>
<td>{{ row.get_mail_state_display }}</td><td>{{ row.get_role_display }}</td><td>{{ row.user.last_login }}</td></tr>
{% endfor %}</table>""")


@login_required
def outbox(request: HttpRequest) -> HttpResponse:
    rows = OutboxMessage.objects.filter(company__memberships__user=request.user)
    if state := request.GET.get("state"):
        rows = rows.filter(state=state)
    if person := request.GET.get("person"):
        rows = rows.filter(membership=person)
    if words := request.GET.get("q"):
        rows = rows.filter(Q(subject__icontains=words) | Q(recipients__address__icontains=words)).distinct()
    return HttpResponse(_OUTBOX.render({"rows": rows.prefetch_related("recipients")[:ROWS]}))


@login_required
def people(request: HttpRequest) -> HttpResponse:
    rows = Membership.objects.filter(company__memberships__user=request.user).select_related("user")
    if state := request.GET.get("state"):
        rows = rows.filter(mail_state=state)
    return HttpResponse(_PEOPLE.render({"rows": rows.order_by("found_by")[:ROWS]}))


@login_required
def empty(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [
    path("bare/empty/", empty),
    path("bare/outbox/", outbox),
    path("bare/people/", people),
    path("", include("portal.urls")),
]
