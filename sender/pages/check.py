"""Check: the person's real way of sending, step by step; support picks a person, everybody may check himself."""

from dataclasses import replace

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import company_page, in_company
from accounts.audit import Actor, record
from accounts.models import Membership
from diagnosis.commands import filled_in
from diagnosis.explain import Explanation, explain_cause
from mailsettings import catalog
from mailsettings.models import AppOnlySettings, MicrosoftApp
from sender.doctor import bundle as bundles
from sender.doctor import delays, runs
from sender.doctor.steps import Step, StepState
from sender.doctor.subject import subject_of
from sender.forms import CheckForm
from sender.models import CheckRun
from sender.pages.picking import picked, to_pick_from
from sender.routing import NoRoute

SHOWN = 20


def visible_to(viewer: Membership) -> QuerySet[CheckRun]:
    """Admins and support see the company's checks, a user those of his own mail."""
    rows = CheckRun.objects.filter(company=viewer.company).select_related("membership__user", "company")
    return rows if viewer.is_staff_of_company else rows.filter(membership=viewer)


def _run_of(request: HttpRequest, check_id: object) -> CheckRun:
    return in_company(visible_to(request.membership), request.company, pk=check_id)


@company_page()
def check(request: HttpRequest) -> HttpResponse:
    """GET shows earlier checks of a person; POST asks for a new one and goes to its page."""
    viewer = request.membership
    person = picked(request)
    earlier = visible_to(viewer).filter(membership=person)
    form = CheckForm(
        request.POST if request.method == "POST" else None, initial={"outside": _last_outside(earlier)}
    )
    if not (viewer.is_staff_of_company and _uses_the_app(viewer)):
        del form.fields["outside"]
    if request.method == "POST" and form.is_valid():
        if not runs.too_many(request.company, request.user.email):
            return _asked(request, person, form.cleaned_data)
        form.add_error(None, _("That was many checks in a short time. Wait ten minutes before the next one."))
    context = {"form": form, "person": person, "checks": earlier[:SHOWN], **to_pick_from(viewer)}
    return render(request, "sender/check.html", context, status=422 if form.errors else 200)


def _asked(request: HttpRequest, person: Membership, chosen: dict[str, object]) -> HttpResponse:
    """A real message goes to the address of who asks, and nowhere else."""
    send_to = request.user.email if chosen["send"] else ""
    run = runs.ask(person, asked_by=request.user.email, send_to=send_to, outside=chosen.get("outside") or "")
    _tell(request, "check.asked", person.user, send_to=send_to)
    return redirect("check-run", request.company.code, run.pk)


@company_page()
def check_run(request: HttpRequest, check_id: object) -> HttpResponse:
    return render(request, "sender/check_run.html", _story(request, _run_of(request, check_id)))


@company_page()
def check_status(request: HttpRequest, check_id: object) -> HttpResponse:
    """The moving part of the page; asked for again while the check runs."""
    return render(request, "sender/_check_steps.html", _story(request, _run_of(request, check_id)))


@require_POST
@company_page()
def check_later(request: HttpRequest, check_id: object) -> HttpResponse:
    """Look again when Microsoft has had its time: somebody mended it there, which the portal cannot see."""
    run = _run_of(request, check_id)
    delay = delays.of(run.cause)
    if run.membership is None or delay is None or runs.too_many(request.company, request.user.email):
        messages.warning(request, _("Nothing was planned. Start a new check instead."))
        return redirect("check-run", request.company.code, run.pk)
    due_at = timezone.now() + delay.least
    wanted = {"send_to": "", "outside": run.outside, "due_at": due_at}
    planned = runs.ask(run.membership, asked_by=request.user.email, **wanted)
    _tell(request, "check.planned", run.membership.user)
    return redirect("check-run", request.company.code, planned.pk)


@company_page()
def check_bundle(request: HttpRequest, check_id: object) -> HttpResponse:
    run = _run_of(request, check_id)
    _tell(request, "check.bundle_downloaded", run.person)
    answer = JsonResponse(bundles.bundle(run), json_dumps_params={"indent": 2, "ensure_ascii": False})
    answer["Content-Disposition"] = f'attachment; filename="check-{run.company.code}-{run.pk}.json"'
    answer["Cache-Control"] = "no-store"
    return answer


def _story(request: HttpRequest, run: CheckRun) -> dict[str, object]:
    steps = runs.steps_of(run)
    failure = next((step for step in steps if step.state == StepState.FAIL), None)
    return {
        "run": run,
        "steps": steps,
        "is_planned": run.state == "waiting" and run.due_at > timezone.now(),
        "explanation": _explanation(run, failure) if failure else None,
        "following": CheckRun.objects.filter(earlier=run).first(),
        "delay": delays.of(run.cause) if run.is_over else None,
    }


def _explanation(run: CheckRun, failure: Step) -> Explanation:
    """Of the step that failed; commands with the names of now."""
    method = catalog.METHODS.get(run.method)
    provider, flow = (method.provider, method.flow) if method else (None, None)
    found = explain_cause(failure.cause, raw=failure.raw, provider=provider, flow=flow)
    return replace(_filled_in(found, run), alternatives=failure.alternatives)


def _filled_in(found: Explanation, run: CheckRun) -> Explanation:
    app = MicrosoftApp.objects.filter(company=run.company).first() if found.commands else None
    names = {"client_id": app.client_id} if app else {}
    try:
        route = subject_of(run.membership).route if found.commands and run.membership else None
    except NoRoute:
        route = None
    if route is not None:
        names |= {"mailbox": route.account, "from_address": route.from_address}
    return filled_in(found, **names)


def _uses_the_app(viewer: Membership) -> bool:
    chosen = AppOnlySettings.objects.filter(company=viewer.company).first()
    return chosen is not None and (chosen.use_graph or chosen.use_smtp)


def _last_outside(earlier: QuerySet[CheckRun]) -> str:
    return earlier.exclude(outside="").values_list("outside", flat=True).first() or ""


def _tell(request: HttpRequest, action: str, label: object, **details: object) -> None:
    record(Actor.of(request), action, company=request.company, label=str(label), **details)
