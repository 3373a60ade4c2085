"""Forms whose answer shows something once: sent a second time, they make nothing a second time."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.models import User

View = Callable[..., HttpResponse]

FIELD = "once"  # the template tag of that name puts it into the form
_SENT, _MOST = "forms_sent", 50


def made_once(afterwards: str) -> Callable[[View], View]:
    """A reload of the answer, or a second press of the button, leads to the company's page `afterwards`.

    Stands below `recently_authenticated`. Each form has its own number, which its session remembers once it came.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if not (number := request.POST.get(FIELD)):
                return view(request, *args, **kwargs)
            if _came_before(request, number):
                text = _(
                    "This was sent twice; it was made once. What is shown once is not shown again: if you did not "
                    "copy it, make a new one."
                )
                messages.warning(request, text)
                return redirect(afterwards, request.company.code)
            response = view(request, *args, **kwargs)
            # Nothing was made: who goes back to the form may mend it.
            if response.status_code != HTTPStatus.OK:
                request.session[_SENT] = [sent for sent in request.session[_SENT] if sent != number]
            return response

        return inner

    return decorate


@transaction.atomic
def _came_before(request: HttpRequest, number: str) -> bool:
    """Notes the number. The person's row is locked meanwhile: two presses arrive at the same time."""
    User.objects.select_for_update().get(pk=request.user.pk)
    stored = type(request.session)(request.session.session_key).get(_SENT, [])
    if number in stored:
        return True
    request.session[_SENT] = [*stored, number][-_MOST:]
    request.session.save()
    return False
