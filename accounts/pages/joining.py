"""The invited person opens the link: a page for every way this can go."""

from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from accounts import languages, services
from accounts.audit import Actor
from accounts.forms import JoinForm
from accounts.models import Invitation, User
from core.errors import InputError


@never_cache  # the address is a key, and the page names the company, for somebody not signed in
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever is new makes an account; whoever has one joins with it, signed in with the invited address."""
    invitation = services.invitation_of(token)
    if invitation is not None:
        languages.speak(request, invitation.company)
    if invitation is None or not invitation.is_open:
        return _closed(request, invitation)
    if request.user.is_authenticated:
        return _join_signed_in(request, invitation)
    if User.objects.filter(email=invitation.email).exists():
        return render(request, "accounts/join_sign_in.html", {"invitation": invitation})
    return _join_new(request, invitation)


def _closed(request: HttpRequest, invitation: Invitation | None) -> HttpResponse:
    """404 for a link nobody made, 410 for one that is over."""
    status = 404 if invitation is None else 410
    return render(request, "accounts/join_closed.html", {"invitation": invitation}, status=status)


def _join_signed_in(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    if request.user.email != invitation.email:
        return render(request, "accounts/join_wrong_account.html", {"invitation": invitation})
    if request.method == "POST":
        try:
            services.accept(invitation, request.user, Actor.of(request))
        except InputError:
            return _closed(request, Invitation.objects.get(pk=invitation.pk))
        return redirect("overview", invitation.company.code)
    return render(request, "accounts/join_confirm.html", {"invitation": invitation})


def _join_new(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    initial = {"name": invitation.name}
    form = JoinForm(request.POST or None, user=User(email=invitation.email), initial=initial)
    if request.method == "POST" and form.is_valid():
        address = request.META.get("REMOTE_ADDR") or None
        name, password = form.cleaned_data["name"], form.cleaned_data["password"]
        try:
            membership = services.join(invitation, name, password, address)
        except InputError as error:
            form.add_error(None, error.message)
        else:
            login(request, membership.user)
            record_authentication(request, membership.user, method="password")
            return redirect("overview", invitation.company.code)
    return render(request, "accounts/join_new.html", {"invitation": invitation, "form": form})
