"""The people of a company as a file for a spreadsheet: the list's filters, and how each one's mail leaves."""

from collections.abc import Iterator

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from accounts import listing
from accounts.access import STAFF, company_page
from accounts.audit import Actor, record
from accounts.listing import Wanted
from accounts.models import Company
from core import spreadsheet
from sender.sending_state import states


@require_safe
@company_page(*STAFF)
def people_file(request: HttpRequest) -> StreamingHttpResponse:
    company, wanted = request.company, Wanted.asked(request.GET)
    filters = {"words": wanted.words, "state": wanted.state, "method": wanted.method}
    record(Actor.of(request), "people.exported", company=company, label=str(company), **filters)
    header = (
        pgettext("of a person", "Name"),
        _("E-mail address"),
        _("Role"),
        _("State"),
        _("Mail leaves"),
        _("Why"),
        _("Last sign-in"),
        _("Member since"),
    )
    return spreadsheet.download(f"people-{company.code}", header, _rows(company, wanted))


def _rows(company: Company, wanted: Wanted) -> Iterator[tuple[object, ...]]:
    """One for each person; the state is that of the moment it is written."""
    zone = company.zone
    for people in listing.in_parts(wanted.of(company)):
        found = states(company, people)
        for one in people:
            state, last = found[one.pk], one.user.last_login
            yield (
                one.user.name,
                one.user.email,
                one.get_role_display(),
                state.label,
                state.way,
                state.reason,
                last and last.astimezone(zone).isoformat(" ", "minutes"),
                one.created_at.astimezone(zone).date(),
            )
