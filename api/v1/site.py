"""The API, version 1: its addresses, its one shape of refusals, its OpenAPI 3.1 document."""

import structlog
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from api import problems
from api.problems import Problem
from api.v1 import batches, checks, deliveries, health, messages, mistakes, people, settings, webhooks
from api.v1.auth import CHALLENGE
from api.v1.document import completed
from core.errors import InputError
from sender.statements import TROUBLE
from sender.ways import NoRoute

log = structlog.get_logger()


class Api(NinjaAPI):
    def get_openapi_schema(self, **options: object) -> dict[str, object]:
        return completed(super().get_openapi_schema(**options))


site = Api(
    title="Postroom",
    version="1",
    description="Hand over mail as the people of your company, and learn what became of it.",
    urls_namespace="api-v1",
    docs_url=None,
)
for each in (messages, batches, checks, people, settings, webhooks, deliveries, health):
    site.add_router("", each.router)


@site.exception_handler(Problem)
def _problem(_request: HttpRequest, error: Problem) -> HttpResponse:
    return problems.answer(error)


@site.exception_handler(AuthenticationError)
def _no_key(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    problem = problems.of_status(401)
    problem.slug, problem.headers = "key_missing", CHALLENGE
    return problems.answer(problem)


@site.exception_handler(HttpError)
def _refused_by_ninja(_request: HttpRequest, error: HttpError) -> HttpResponse:
    return problems.answer(problems.of_status(error.status_code))


@site.exception_handler(Http404)
def _not_found(_request: HttpRequest, _error: Http404) -> HttpResponse:
    return problems.answer(problems.of_status(404))


@site.exception_handler(ValidationError)
def _invalid(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    return problems.answer(mistakes.problem(error.errors))


@site.exception_handler(InputError)
def _refused(_request: HttpRequest, error: InputError) -> HttpResponse:
    return problems.answer(mistakes.refused(error))


@site.exception_handler(NoRoute)
def _no_way(_request: HttpRequest, error: NoRoute) -> HttpResponse:
    return problems.answer(mistakes.no_way(error))


def _database_trouble(request: HttpRequest, _error: Exception) -> HttpResponse:
    log.warning("the database could not do what a program asked for", path=request.path, exc_info=True)
    return problems.answer(problems.database_trouble())


for each in TROUBLE:
    site.add_exception_handler(each, _database_trouble)
