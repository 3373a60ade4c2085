"""A program with a key, and a company that can send."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.audit import COMMAND_LINE
from accounts.models import Membership
from api import keys
from api.models import ApiKey
from api.scopes import Scope
from tests.sender.helpers import open_relay


@dataclass
class Program:
    """Calls the API with its key, and reads JSON."""

    key: ApiKey
    secret: str
    status: int = 0
    headers: object = None

    def call(self, method: str, path: str, body: object = None, **options: object) -> dict:
        options |= {"CONTENT_TYPE": options.pop("content_type", "application/json")}
        headers = {"Authorization": f"Bearer {self.secret}"} | options.pop("headers", {})
        answer = Client().generic(
            method, f"/api/v1{path}", _encoded(body), headers=headers, **options
        )  # fmt: skip
        self.status, self.headers = answer.status_code, answer.headers
        assert answer["Content-Type"].startswith(("application/json", "application/problem+json"))
        return answer.json()

    def get(self, path: str, **options: object) -> dict:
        return self.call("GET", path, **options)

    def post(self, path: str, body: object = None, **options: object) -> dict:
        return self.call("POST", path, body, **options)


def _encoded(body: object) -> bytes:
    if isinstance(body, bytes):
        return body
    return b"" if body is None else json.dumps(body).encode()


@pytest.fixture(autouse=True)
def _counts_from_zero():
    cache.clear()


@pytest.fixture
def program(world) -> Callable[..., Program]:
    """Makes a program of company Alpha, which may do everything for everybody, unless said otherwise."""
    open_relay(world.user)

    def made(
        *scopes: Scope, people: list[Membership] | None = None, company=None, **options: object
    ) -> Program:
        made = keys.make(
            company or world.company,
            "ERP",
            scopes or list(Scope),
            people=people,
            actor=COMMAND_LINE,
            **options,
        )
        return Program(*made)

    return made
