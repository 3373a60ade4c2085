"""A guide as the customer's IT reads it on a hand-over page: without what is done in this portal by its own people."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from accounts.models import Company
from diagnosis.causes.shape import Text
from portal.guides.catalogue import GUIDES
from portal.guides.scripts import SCRIPTS
from portal.guides.shape import Guide, Step
from portal.guides.values import Values, values_of

# Where a step is done here, and the page's own form does it instead.
_MAKES_SECRET = "app-credential"  # noqa: S105 - a page's name
_BY_THE_FORM = ("settings-office365", _MAKES_SECRET, "settings-google", "settings-smtp")


@dataclass(frozen=True, slots=True)
class HandedStep:
    """`key` is its own on the page; `proof` names what shows that it was done."""

    key: str
    text: Text
    values: list[dict[str, object]]
    script: str
    part: str
    proof: str
    is_the_form: bool


@dataclass(frozen=True, slots=True)
class HandedGuide:
    guide: Guide
    steps: list[HandedStep]


def handed(
    slugs: Collection[str],
    company: Company,
    skips: Collection[str] = (),
    handed_in: Mapping[str, object] | None = None,
    *,
    needs_secret: bool = True,
) -> list[HandedGuide]:
    """The guides with the company's values and nobody's own address; steps whose proof is in `skips` are left out.

    `handed_in`: ids that came by the link and are not in use yet. `needs_secret`: not where a certificate is used.
    """
    values = values_of(company)
    ids = {name: str(handed_in[name]) for name in ("tenant_id", "client_id") if name in (handed_in or {})}
    values = replace(values, **ids)
    guides = [GUIDES[slug] for slug in slugs]
    pages = _BY_THE_FORM if needs_secret else [page for page in _BY_THE_FORM if page != _MAKES_SECRET]
    return [HandedGuide(guide, _steps(guide, values, skips, ("", *pages))) for guide in guides]


def _steps(guide: Guide, values: Values, skips: Collection[str], pages: Collection[str]) -> list[HandedStep]:
    ours = [step for step in guide.steps if step.page in pages and step.proof not in skips]
    return [_step(f"{guide.slug}-{number}", step, values) for number, step in enumerate(ours, 1)]


def _step(key: str, step: Step, values: Values) -> HandedStep:
    named = values.named(step.values)
    return HandedStep(
        key=key,
        text=step.handed or step.text,
        values=[one | {"name": f"{key}-{one['name']}"} for one in named if one["value"]],
        script=SCRIPTS[step.script](values) if step.script else "",
        part=step.part,
        proof=step.proof,
        is_the_form=step.page in _BY_THE_FORM,
    )
