"""Below /api/, whatever Django answers by itself (no such address, a method, an error) is a problem document, too."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from api import limits, problems

Handler = Callable[[HttpRequest], HttpResponse]
_KEPT = ("Allow", "Retry-After", "Location")


class ProblemsMiddleware:
    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/api/"):
            return self.get_response(request)
        response = self.get_response(request)
        if response.status_code >= 400 and response.get("Content-Type") != problems.MEDIA_TYPE:
            kept = {name: response[name] for name in _KEPT if name in response}
            problem = problems.of_status(response.status_code)
            problem.headers = kept
            response = problems.answer(problem)
        limits.tell(request, response)
        response.setdefault("Cache-Control", "no-store")
        return response
