"""The explanation itself: its shape, its readers, its safety and its speed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnosis.explain import RAW_CHARS, explain, explain_cause
from diagnosis.retry import Retry
from diagnosis.vocabulary import FLOWS, PROVIDERS, STAGES, all_causes

SLUGS = {row.slug for row in all_causes()}
TRACE = "1f6a92a9-f3a8-4071-889a-6a2ea88d9500"
CORRELATION = "0d1a5c28-3487-4767-a690-9cc680689523"


def test_an_explanation_says_what_who_and_how():
    explanation = explain("AADSTS7000222: keys are expired", stage="token", flow="client_credentials")
    assert explanation.cause == "client_secret_expired"
    assert (explanation.who, explanation.tell) == ("company_admin", "company_admin")
    assert explanation.retry is Retry.PAUSE_MAILBOX
    assert explanation.guide == "tenant-client-secret"
    assert "client secret" in str(explanation.title)
    assert str(explanation.todo).endswith(".")


def test_what_an_apps_operator_mends_is_told_to_the_companys_administrator():
    explanation = explain("AADSTS50011", stage="authorize_redirect", flow="delegated")
    assert (explanation.who, explanation.tell) == ("operator", "company_admin")


def test_what_the_portals_operator_mends_is_told_to_him():
    assert explain("timed out", stage="smtp_connect").tell == "operator"


def test_each_reader_gets_his_own_words_where_there_are_some():
    explanation = explain("AADSTS90094", stage="authorize_redirect", provider="microsoft")
    assert "Send the approval link" in str(explanation.todo_for("user"))
    assert explanation.todo_for("tenant_admin") == explanation.todo


def test_google_gets_words_for_google_and_no_powershell():
    raw = "535-5.7.8 Username and Password not accepted"
    explanation = explain(raw, stage="smtp_auth", provider="google", flow="basic")
    assert "app password" in str(explanation.todo)
    assert explain_cause("send_as_denied", provider="google").commands == ()
    assert explain_cause("send_as_denied", provider="microsoft").commands


def test_a_known_cause_is_explained_without_a_text():
    explanation = explain_cause("not_connected")
    assert (explanation.cause, explanation.who, explanation.raw) == ("not_connected", "user", "")
    assert explanation.is_recognised


def test_a_text_that_shows_nothing_known_keeps_its_words_and_pauses_nobody():
    explanation = explain("  qwertz uiop\x00  ")
    assert explanation.cause == "unrecognised"
    assert not explanation.is_recognised
    assert explanation.raw == "qwertz uiop"
    assert explanation.retry is Retry.WAIT


@pytest.mark.parametrize(
    "raw",
    [
        f"AADSTS1 Trace ID: {TRACE}\r\nCorrelation ID: {CORRELATION}\r\nTimestamp: 2026-01-02 03:04:05Z",
        f'{{"trace_id":"{TRACE}","correlation_id":"{CORRELATION}","timestamp":"2026-01-02 03:04:05Z"}}',
        f"Trace+ID:+{TRACE} Correlation+ID:+{CORRELATION} Timestamp:+2026-01-02 03:04:05Z",
    ],
)
def test_the_ids_to_quote_to_microsoft_are_found(raw):
    ids = explain(raw).provider_ids
    assert ids == {"trace_id": TRACE, "correlation_id": CORRELATION, "timestamp": "2026-01-02 03:04:05Z"}


def test_graphs_request_id_and_date_are_found():
    raw = f'"innerError": {{"request-id": "{TRACE}", "date": "2026-01-02T03:04:05"}}'
    assert explain(raw).provider_ids == {"request_id": TRACE, "timestamp": "2026-01-02T03:04:05"}


def test_no_secret_is_left_in_the_text_that_is_kept():
    raw = '{"error":"invalid_grant","refresh_token":"c4naryValue"} Authorization: Bearer c4naryValueAgain'
    assert "c4nary" not in explain(raw).raw


@pytest.mark.parametrize("offset", range(1_960, 2_010, 5))
def test_a_secret_at_the_cut_of_a_long_text_is_not_left_in_halves(offset):
    raw = f"{'x ' * (offset // 2)}password={'c4nary' * 20} {'y ' * 3_000}"
    assert "c4nary" not in explain(raw).raw


def test_a_long_text_is_shortened_to_its_beginning_and_end():
    shown = explain(f"start {'middle ' * 5_000} end").raw
    assert len(shown) <= RAW_CHARS
    assert shown.startswith("start")
    assert shown.endswith("end")


def _maybe(*values):
    return st.sampled_from((None, *values))


@given(
    raw=st.text(max_size=600) | st.binary(max_size=600).map(lambda data: data.decode("latin-1")),
    stage=_maybe(*STAGES, "elsewhere"),
    provider=_maybe(*PROVIDERS),
    flow=_maybe(*FLOWS),
    http_status=_maybe(0, 200, 418, 503),
    smtp_code=_maybe(0, 250, 421, 599),
)
def test_anything_gets_an_explanation(raw, **context):
    explanation = explain(raw, **context)
    assert {explanation.cause, *explanation.alternatives} <= SLUGS
    assert len(explanation.raw) <= RAW_CHARS


PIECES = st.sampled_from(
    [
        "535",
        "-",
        " ",
        "5.7.139",
        "AADSTS",
        "50076",
        "eyJ",
        "%41",
        "\\u0041",
        "<b>",
        "&amp;",
        "\n",
        "error_codes",
        "=>",
    ]
)


@given(st.lists(PIECES, max_size=60))
def test_pieces_of_errors_in_any_order_get_an_explanation(pieces):
    assert explain("".join(pieces)).cause in SLUGS


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        " ",
        "\x00",
        "%e",
        "eyJ",
        "<a ",
        "&",
        "535 ",
        "aA1",
        "password=",
        "error code: ",
        "://a:",
        "a+",
        "\\u0041",
    ],
)
def test_a_megabyte_of_anything_is_answered_and_shown_short(piece):
    found = explain(piece * (1_000_000 // len(piece)))
    assert len(found.raw) <= RAW_CHARS
