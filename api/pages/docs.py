"""The documentation of the API: a page of ours, as the strict policy for scripts and styles holds for it, too."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from api import problems, reference
from api.v1.site import site


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """For everybody: it tells nothing about any company."""
    document = site.get_openapi_schema()
    context = {
        "operations": reference.operations(document),
        "schemas": reference.schemas(document),
        "problems": problems.KINDS.items(),
        "requests": settings.API_REQUESTS_A_MINUTE,
        "most_body_mb": settings.API_MOST_BODY_MB,
        "base": f"{settings.PUBLIC_URL}/api/v1",
    }
    return render(request, "api/docs.html", context)
