"""An admin invites somebody: the link is shown once."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import services
from accounts.access import ADMINS, company_page
from accounts.audit import Actor
from accounts.forms import InviteForm
from core.errors import InputError


@company_page(*ADMINS)
def invite(request: HttpRequest) -> HttpResponse:
    """The form; after it, in the same answer, the link, which is stored nowhere else than with the admin."""
    form = InviteForm(request.POST or None, initial={"email": request.GET.get("email", "")})
    if request.method == "POST" and form.is_valid():
        try:
            made = services.invite(request.company, actor=Actor.of(request), **form.cleaned_data)
        except InputError as error:
            form.add_error(error.field, error.message)
        else:
            invitation, link = made
            context = {
                "invitation": invitation,
                "link": link,
                "was_mailed": services.mail_invitation(invitation, link),
            }
            return render(request, "accounts/invited.html", context)
    return render(request, "accounts/invite.html", {"form": form})
