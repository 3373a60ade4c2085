"""The portal's addresses and one whose view fails with a secret at hand."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from portal.urls import urlpatterns as portal_urls
from tests.safety import canaries


def breaks(request: HttpRequest) -> HttpResponse:
    """Fails the way code fails by mistake: the secret is a local variable and a value that was sent."""
    secret = canaries.LOCAL_VARIABLE
    held = {"secret": secret, "sent": request.POST.get("password", "")}
    return HttpResponse(held["missing"])


def breaks_with_words(request: HttpRequest) -> HttpResponse:
    """Fails with what libraries write into their exceptions."""
    words = f"client_secret={canaries.CLIENT_SECRET}&code={canaries.CODE}1"
    raise RuntimeError(f"{words} Authorization: Bearer {canaries.ACCESS_TOKEN}")


urlpatterns = [path("breaks/", breaks), path("breaks/words/", breaks_with_words), *portal_urls]
