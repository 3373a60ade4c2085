"""Rules for every answer: a policy for browsers, one host name, a language, and nothing private left in caches."""

from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import urlsplit

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth import middleware as auth
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.core.exceptions import MiddlewareNotUsed
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import cached_property

from accounts import languages

Handler = Callable[[HttpRequest], HttpResponse]


class HealthMiddleware:
    """Says that the portal and its database answer, before a host name is looked at: balancers ask by address.

    The first of all, so that neither ALLOWED_HOSTS nor the way to https and to PUBLIC_URL stands before it.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path != "/healthz":
            return self.get_response(request)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return HttpResponse("ok", content_type="text/plain")


class ClientAddressMiddleware:
    """REMOTE_ADDR is the visitor's, as told by the operator's own proxies; what a visitor wrote is not believed."""

    def __init__(self, get_response: Handler) -> None:
        if not settings.PROXIES:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = request.headers.get("X-Forwarded-For", "").split(",")
        with suppress(IndexError, ValueError):  # too few, or no address: the proxy's own stays
            request.META["REMOTE_ADDR"] = str(ip_address(told[-settings.PROXIES].strip()))
        return self.get_response(request)


class PolicyMiddleware(CSPMiddleware):
    """Puts the policy of all pages together once; only an answer with one of its own needs that anew."""

    @cached_property
    def _usual(self) -> str:
        return build_policy()

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if settings.DEBUG or any(name.startswith("_csp") for name in vars(response)):
            return super().process_response(request, response)
        response.setdefault(HEADER, self._usual)
        return response


def comes_with_key(request: HttpRequest) -> bool:
    """Whether a program asks, not a browser: no cookie is looked at and none is set."""
    return request.path.startswith("/api/") and request.path != "/api/v1/docs"


class _OfBrowsers:
    """Left out for programs: a fourteenth of what a message costs that comes by the API."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request) if comes_with_key(request) else super().__call__(request)


class SessionMiddleware(_OfBrowsers, sessions.SessionMiddleware):
    pass


class AuthenticationMiddleware(_OfBrowsers, auth.AuthenticationMiddleware):
    def __call__(self, request: HttpRequest) -> HttpResponse:
        if comes_with_key(request):
            request.user = AnonymousUser()
        return super().__call__(request)


class MessageMiddleware(_OfBrowsers, messages.MessageMiddleware):
    pass


class PublicHostMiddleware:
    """Send visitors who came by another host name to PUBLIC_URL.

    The session cookie belongs to one host: somebody who starts Connect to Microsoft at 127.0.0.1 would come
    back to localhost as a stranger.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        public_host = urlsplit(settings.PUBLIC_URL).netloc
        elsewhere = public_host and request.get_host() != public_host
        if elsewhere and request.method == "GET":
            return HttpResponseRedirect(settings.PUBLIC_URL + request.get_full_path())
        return self.get_response(request)


class LanguageMiddleware:
    """The language of each answer (accounts.languages); what stands behind an address of a company sets it itself.

    It stays active after the answer, as with Django's own middleware: lines of a file are made while they are sent.
    Programs that come by the API are answered in English, whatever they send.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/"):
            translation.activate(settings.LANGUAGE_CODE)
            return self.get_response(request)
        translation.activate(languages.of_request(request))
        response = self.get_response(request)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        response.headers.setdefault("Content-Language", translation.get_language())
        return response

    def process_view(self, request: HttpRequest, _view: object, _args: object, values: dict) -> None:
        """Pages outside any company follow the person's only one."""
        if request.user.is_authenticated and not request.user.language and "company_code" not in values:
            locale = languages.only_company_locale(request.user)
            translation.activate(languages.of_request(request, locale))


class PrivatePagesMiddleware:
    """Pages made for a signed-in person are not kept by the browser or a proxy (ASVS 5.0, 14.3.2)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response
