"""Every real case that was collected is explained rightly, with its context and mostly without."""

from diagnosis.explain import explain
from tests.diagnosis.shared_data import samples

CONTEXT = ("stage", "provider", "flow", "http_status", "smtp_code")


def test_every_sample_gets_its_cause_and_the_person_who_mends_it():
    wrong = []
    for sample in samples():
        explanation = explain(sample["raw"], **{name: sample.get(name) for name in CONTEXT})
        if (explanation.cause, explanation.who) != (sample["cause"], sample["who"]):
            wrong.append((sample["id"], explanation.cause, explanation.who))
    assert wrong == []


def test_nearly_every_sample_is_explained_from_its_text_alone():
    cases = samples()
    right = sum(explain(sample["raw"]).cause == sample["cause"] for sample in cases)
    assert right >= 0.95 * len(cases)
