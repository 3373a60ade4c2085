"""Some of allauth's pages, where its answer leads astray, or is none."""

from collections.abc import Callable
from functools import wraps

import structlog
from allauth.account.internal.stagekit import clear_login
from allauth.mfa.base import views as base_views
from allauth.mfa.recovery_codes import views as codes_views
from allauth.mfa.totp import views as app_views
from allauth.mfa.webauthn import views as passkey_views
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.generic.edit import FormView

from accounts.second_step import sealing
from core import crypto

View = Callable[..., HttpResponse]

log = structlog.get_logger()


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


class Index(base_views.IndexView):
    """With the kinds that cannot be read: their codes are refused at sign-in, so it is said while one is in."""

    def get_context_data(self, **kwargs: object) -> dict:
        unreadable = sealing.unreadable(self.request.user.pk)
        return super().get_context_data(**kwargs) | {"unreadable": unreadable}


class MakeCodes(codes_views.GenerateRecoveryCodesView):
    """New codes can be made, too, where the old ones cannot be read and counted."""

    def get_context_data(self, **kwargs: object) -> dict:
        try:
            return super().get_context_data(**kwargs)
        except crypto.DecryptionFailed:
            return FormView.get_context_data(self, **kwargs) | {"unused_code_count": 1}


def _in_words_when_unreadable(view: View) -> View:
    """Without the encryption key of what is to be shown: who puts it back, and what works until then."""

    @wraps(view)
    def inner(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
            return response.render() if hasattr(response, "render") else response
        except crypto.DecryptionFailed as error:
            log.error("a second step at sign-in cannot be read", why=str(error), user=str(request.user.pk))
            return render(request, "mfa/unreadable.html", status=503)

    return inner


index = Index.as_view()
make_codes = MakeCodes.as_view()
set_up_app = _in_words_when_unreadable(app_views.activate_totp)
show_codes = _in_words_when_unreadable(codes_views.view_recovery_codes)
download_codes = _in_words_when_unreadable(codes_views.download_recovery_codes)
