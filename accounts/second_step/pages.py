"""Two of allauth's pages, where its answer leads astray."""

from allauth.account.internal.stagekit import clear_login
from allauth.mfa.base import views as base_views
from allauth.mfa.webauthn import views as passkey_views
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode


def authenticate(request: HttpRequest) -> HttpResponse:
    """The second step at sign-in. Whoever has none any more by now signs in anew, and does not go in circles."""
    response = base_views.authenticate(request)
    if _leads_to_sign_in(response):
        clear_login(request)
    return response


def reauthenticate_passkey(request: HttpRequest) -> HttpResponse:
    """After a passkey that was refused one may try again, and still comes to where one wanted to go."""
    response = passkey_views.reauthenticate_webauthn(request)
    if request.method == "POST" and request.user.is_authenticated and _leads_to_sign_in(response):
        there = urlencode({"next": request.POST.get("next", "")})
        return HttpResponseRedirect(f"{request.path}?{there}")
    return response


def _leads_to_sign_in(response: HttpResponse) -> bool:
    return response.get("Location") == reverse("account_login")
