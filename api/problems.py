"""Refusals of the API: problem documents (RFC 9457, https://www.rfc-editor.org/rfc/rfc9457).

`type` names the kind of problem, `cause` the reason as a slug: of diagnosis where a way of sending is at fault.
"""

from collections.abc import Sequence
from http import HTTPStatus

from django.conf import settings
from django.http import JsonResponse
from django.utils.translation import gettext_lazy as _

from core.errors import PostroomError

MEDIA_TYPE = "application/problem+json"

# What each kind means, for the documentation and as the title.
KINDS = {
    "bad_request": _("The request cannot be read."),
    "clash": _("It does not fit the state of things."),
    "forbidden": _("The key may not do this."),
    "invalid": _("A value is not right."),
    "no_way": _("There is no way to send this person’s mail."),
    "not_authenticated": _("There is no key, or it is not good."),
    "not_found": _("There is no such thing."),
    "method_not_allowed": _("The address does not take this method."),
    "media_type": _("The body is of a kind that is not taken here."),
    "too_large": _("The body is too large."),
    "too_many_requests": _("Those were too many requests."),
    "unavailable": _("The portal cannot do it just now."),
    "error": _("The portal could not do it."),
}
_BY_STATUS = {
    401: "not_authenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "clash",
    413: "too_large",
    415: "media_type",
    422: "invalid",
    429: "too_many_requests",
    503: "unavailable",
}
AGAIN_AFTER_S = 30  # with a database that does not work


class Problem(PostroomError):
    """A refusal with its status. `errors` are further ones, each (field, sentence)."""

    def __init__(
        self,
        status: int,
        detail: object,
        *,
        field: str = "",
        slug: str = "",
        kind: str = "",
        errors: Sequence[tuple[str, str]] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(str(detail))
        self.status = status
        self.kind = kind or kind_of(status)
        self.slug = slug or self.kind
        self.field = field
        self.errors = errors
        self.headers = headers or {}


def kind_of(status: int) -> str:
    return _BY_STATUS.get(status, "bad_request" if status < 500 else "error")


def document(problem: Problem) -> dict[str, object]:
    content: dict[str, object] = {
        "type": f"{settings.PUBLIC_URL}/api/v1/docs#problem-{problem.kind}",
        "title": str(KINDS[problem.kind]),
        "status": problem.status,
        "detail": str(problem),
        "cause": problem.slug,
    }
    if problem.field:
        content["field"] = problem.field
    if problem.errors:
        content["errors"] = [{"field": field, "detail": detail} for field, detail in problem.errors]
    return content


def answer(problem: Problem) -> JsonResponse:
    return JsonResponse(
        document(problem), status=problem.status, content_type=MEDIA_TYPE, headers=problem.headers
    )


def database_trouble() -> Problem:
    """For `sender.statements.TROUBLE`. A commit whose answer was lost may have been done: nothing else is claimed."""
    sentence = _(
        "The database does not work just now. Send the request again later; "
        "with the same Idempotency-Key nothing is sent twice."
    )
    again = {"Retry-After": str(AGAIN_AFTER_S)}
    return Problem(503, sentence, slug="database_unavailable", headers=again)


def of_status(status: int) -> Problem:
    """For what Django refused by itself."""
    kind = kind_of(status)
    return Problem(status, KINDS[kind] if kind != "bad_request" else HTTPStatus(status).phrase)
