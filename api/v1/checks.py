"""Checks of a person's way of sending, and explanations of errors from elsewhere."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from pydantic import Field

from accounts.audit import record
from api.problems import Problem
from api.scopes import Scope
from api.v1 import intake
from api.v1.auth import Key, actor
from api.v1.shapes import ExplanationOut, Line, Strict, explained
from core.sentences import said
from diagnosis import vocabulary
from diagnosis.explain import explain
from sender.doctor import runs
from sender.doctor.steps import Step
from sender.explaining import for_company
from sender.models import CheckRun

router = Router(tags=["checks"])

MOST_CHARACTERS = 200_000
Stage = Literal[vocabulary.STAGES]
Provider = Literal[vocabulary.PROVIDERS]
Flow = Literal[vocabulary.FLOWS]


class CheckIn(Strict):
    as_: Line = Field(alias="as", min_length=3, max_length=320, description="The address of the person.")


class StepOut(Schema):
    id: str
    label: str
    state: Literal["ok", "warn", "fail", "skip"]
    message: str
    hint: str
    milliseconds: int
    cause: str
    raw: str = Field(description="The server’s own words, without secrets.")


class CheckOut(Schema):
    id: UUID
    person: str
    state: Literal["waiting", "running", "done"]
    result: Literal["", "ok", "warn", "failed", "not_run"] = Field(description="Empty until it is done.")
    cause: str
    method: str = Field(description="The way that was checked; empty where there was none.")
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    note: str
    steps: list[StepOut]

    @staticmethod
    def resolve_note(run: CheckRun) -> str:
        return said(run.note)

    @staticmethod
    def resolve_steps(run: CheckRun) -> list[Step]:
        return runs.steps_of(run)


class ErrorIn(Strict):
    text: str = Field(min_length=1, max_length=MOST_CHARACTERS, description="All of it; it is not stored.")
    provider: Provider | None = Field(None, description="Whose server said it.")
    stage: Stage | None = Field(None, description="When it happened.")
    flow: Flow | None = Field(None, description="How the sign-in is done.")


@router.post("/checks", response={202: CheckOut}, auth=Key(Scope.CHECK), summary="Check a person’s mail")
def ask(request: HttpRequest, response: HttpResponse, wanted: CheckIn) -> Status:
    """A worker does it, in some seconds; ask for the result at the address in Location. No mail is sent."""
    person = intake.person(request.auth, wanted.as_)
    who = actor(request)
    if runs.too_many(person.company, str(who)):
        within_s = str(int(runs.ASKED_WITHIN.total_seconds()))
        sentence = _("Those were many checks in a short time. Wait ten minutes before the next one.")
        raise Problem(429, sentence, headers={"Retry-After": within_s})
    run = runs.ask(person, asked_by=str(who))
    record(who, "check.asked", company=person.company, label=str(person.user), send_to="")
    response["Location"] = reverse("api-v1:check", args=[run.pk])
    return Status(202, run)


@router.get(
    "/checks/{uuid:check_id}", response=CheckOut, auth=Key(Scope.CHECK), url_name="check",
    summary="Read a check’s result",
)  # fmt: skip
def check(request: HttpRequest, check_id: UUID) -> CheckRun:
    key = request.auth
    rows = CheckRun.objects.filter(company=key.company_id)
    rows = rows if key.is_for_all else rows.filter(membership__in=key.people.values("pk"))
    found = rows.filter(pk=check_id).first()
    if found is None:
        raise Problem(404, _("There is no such check, or not for this key."))
    return found


@router.post("/explain", response=ExplanationOut, auth=Key(Scope.CHECK), summary="Explain an error")
def explain_text(request: HttpRequest, given: ErrorIn) -> dict[str, object]:
    """What a mail server’s or Microsoft’s words mean, who mends it, and how."""
    found = explain(given.text, stage=given.stage, provider=given.provider, flow=given.flow)
    return explained(for_company(found, request.auth.company))
