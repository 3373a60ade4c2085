"""The steps of a check: what each said, and walking them until the first that fails."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core.errors import PostroomError
from core.redact import redact
from diagnosis.explain import Explanation, explain, explain_cause
from sender.endings import storable
from sender.sign_in import SignInMissing
from sender.transports.base import TransportError

WORDS = ("label", "message", "hint", "raw")  # of a step: sentences that are kept (core.sentences)


class StepState(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"  # not tried, or not to be known this way; `message` says why


@dataclass(frozen=True, slots=True)
class Step:
    """`cause` is a slug of diagnosis, `raw` the server's own words, redacted and short."""

    id: str
    label: str
    state: StepState
    message: str
    hint: str = ""
    milliseconds: int = 0
    cause: str = ""
    raw: str = ""
    alternatives: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        return asdict(self) | {"state": self.state.value, "alternatives": list(self.alternatives)}

    @classmethod
    def from_json(cls, data: dict[str, object]) -> "Step":
        facts = data | {"state": StepState(data["state"]), "alternatives": tuple(data["alternatives"])}
        return cls(**facts)


@dataclass(frozen=True, slots=True)
class Said:
    """What a step found, when nothing failed."""

    message: str
    state: StepState = StepState.OK
    hint: str = ""
    cause: str = ""


class Failed(PostroomError):
    """A step failed, for the reason the explanation gives. `message` is said instead of its first sentence."""

    def __init__(self, explanation: Explanation, message: str = "") -> None:
        super().__init__(f"The step failed: {explanation.cause}.")
        self.explanation = explanation
        self.message = message


class Interrupted(PostroomError):
    """The process ends; the check is to be done anew."""


@dataclass(frozen=True, slots=True)
class Planned:
    id: str
    label: str | Promise
    look: Callable[[], Said]


@dataclass(frozen=True, slots=True)
class Words:
    """In whose words errors are told: provider and flow as in the vocabulary of diagnosis."""

    provider: str
    flow: str

    def of_cause(self, cause: str, raw: str = "") -> Explanation:
        return explain_cause(cause, raw=raw, provider=self.provider, flow=self.flow)

    def of(
        self, raw: str, stage: str, *, smtp_code: int | None = None, http_status: int | None = None
    ) -> Explanation:
        where = {"stage": stage, "smtp_code": smtp_code, "http_status": http_status}
        return explain(raw, provider=self.provider, flow=self.flow, **where)

    def of_error(self, error: TransportError | SignInMissing) -> Explanation:
        if error.cause:
            return self.of_cause(error.cause, getattr(error, "reply", ""))
        return self.of(error.reply, error.stage, smtp_code=error.smtp_code, http_status=error.http_status)


class Book:
    """What was found so far. `tell` is called with it whenever something is added, and when a step begins."""

    def __init__(self, tell: Callable[["Book"], None] = lambda book: None) -> None:
        self.steps: list[Step] = []
        self.now_at = ""  # label of the step under way
        self._tell = tell

    def walk(self, plan: Sequence[Planned], words: Words) -> bool:
        """Take the steps in order, up to the first that fails; the rest is noted as not tried.

        Returns whether none failed.
        """
        for number, planned in enumerate(plan):
            self.now_at = str(planned.label)
            self._tell(self)
            step = _taken(planned, words)
            self._add(step)
            if step.state == StepState.FAIL:
                for left in plan[number + 1 :]:
                    self.not_tried(left.id, str(left.label))
                return False
        return True

    def not_tried(self, id_: str, label: str) -> None:
        self._add(Step(id_, label, StepState.SKIP, _("Not tried, since an earlier step failed.")))

    def _add(self, step: Step) -> None:
        self.steps.append(step)
        self.now_at = ""
        self._tell(self)

    @property
    def failure(self) -> Step | None:
        return next((step for step in self.steps if step.state == StepState.FAIL), None)

    @property
    def has_warnings(self) -> bool:
        return any(step.state == StepState.WARN for step in self.steps)


def _taken(planned: Planned, words: Words) -> Step:
    began = time.monotonic()
    try:
        said = planned.look()
    except Failed as failed:
        step = _of_failure(planned, failed.explanation, failed.message)
    except (TransportError, SignInMissing) as error:
        step = _of_failure(planned, words.of_error(error), "")
    else:
        message = storable(redact(said.message))
        step = Step(planned.id, str(planned.label), said.state, message, said.hint, cause=said.cause)
    return replace(step, milliseconds=round((time.monotonic() - began) * 1000))


def _of_failure(planned: Planned, why: Explanation, message: str) -> Step:
    return Step(
        planned.id,
        str(planned.label),
        StepState.FAIL,
        storable(message) or f"{why.title}. {why.happened}",
        str(why.todo),
        cause=why.cause,
        raw=storable(why.raw),
        alternatives=why.alternatives,
    )
