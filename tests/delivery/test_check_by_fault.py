"""Everything the sandbox can do wrong, at every place a way's check comes by: each ends in its own cause.

A place that is added to the sandbox, and a way that is added to the catalogue, needs a row here.
"""

import pytest

from mailsettings import catalog
from sandbox.faults import PLACES
from sandbox.smtp import replies
from tests.delivery.checking import check
from tests.delivery.test_check_by_method import REAL, everything_right
from tests.delivery.test_failures_by_method import ULLA

_GRAPH = ("graph.me", "graph.send")
_SMTP = ("smtp.connect", "smtp.ehlo", "smtp.auth", "smtp.mail", "smtp.rcpt", "smtp.data", "smtp.eod")
# The places a check comes by, with a real message at its end.
PLACES_OF = {
    catalog.MICROSOFT_GRAPH: ("token", "graph.find", *_GRAPH),  # the others may not read mail
    catalog.GRAPH_PASSWORD: ("token", *_GRAPH),
    catalog.GRAPH_APP: ("token", *_GRAPH),
    catalog.COMPANY_MAILBOX: ("token", *_GRAPH),
    catalog.GOOGLE_API: ("google.token", "google.send"),
    catalog.GOOGLE_SMTP: ("google.token", *_SMTP),
    catalog.MICROSOFT_SMTP: ("token", "smtp.starttls", *_SMTP),
    catalog.SMTP_APP: ("token", "smtp.starttls", *_SMTP),
    catalog.SMTP_PASSWORD: ("smtp.starttls", *_SMTP),
    catalog.GMAIL_APP_PASSWORD: _SMTP,
    catalog.COMPANY_SMTP: _SMTP,
}
# What is done wrong there, and the cause that the check has to name.
FAULTS = {
    "token": [
        ({"error": "AADSTS53003"}, "conditional_access_blocked"),
        ({"error": "AADSTS7000215"}, "client_secret_invalid"),
        ({"status": 503}, "provider_temporarily_unavailable"),
        ({"action": "drop"}, "provider_temporarily_unavailable"),
    ],
    "google.token": [
        ({"status": 400, "code": "invalid_grant"}, "refresh_token_revoked"),
        ({"status": 503}, "provider_temporarily_unavailable"),
    ],
    "graph.me": [
        ({"status": 429, "code": "TooManyRequests"}, "provider_throttled"),
        ({"status": 401, "code": "InvalidAuthenticationToken"}, "access_token_invalid"),
        ({"status": 503, "code": "ServiceUnavailable"}, "provider_temporarily_unavailable"),
        ({"action": "drop"}, "provider_temporarily_unavailable"),
    ],
    "graph.find": [
        ({"status": 404, "code": "MailboxNotEnabledForRESTAPI"}, "mailbox_missing_or_unlicensed"),
        ({"status": 503, "code": "ErrorMailboxMoveInProgress"}, "provider_temporarily_unavailable"),
    ],
    "graph.send": [
        ({"status": 403, "code": "ErrorSendAsDenied"}, "send_as_denied"),
        ({"status": 403, "code": "ErrorQuotaExceeded"}, "mailbox_full"),
        ({"status": 400, "code": "ErrorInvalidRecipients"}, "recipient_invalid"),
        ({"status": 429, "code": "ErrorExceededMessageLimit"}, "sending_limit_reached"),
        ({"action": "drop_after"}, "unknown_outcome"),
    ],
    "google.send": [
        ({"status": 403, "code": "insufficientPermissions"}, "graph_permission_missing"),
        ({"status": 429, "code": "rateLimitExceeded"}, "provider_throttled"),
        ({"action": "drop_after"}, "unknown_outcome"),
    ],
    "smtp.connect": [
        ({"reply": replies.RATE}, "provider_throttled"),
        ({"action": "drop"}, "smtp_connection_dropped"),
    ],
    "smtp.ehlo": [({"reply": "501 5.5.4 Invalid domain name"}, "ehlo_hostname_rejected")],
    "smtp.starttls": [({"reply": "502 5.5.1 Command not implemented"}, "starttls_not_supported")],
    "smtp.auth": [
        ({"reply": replies.OFF_FOR_TENANT}, "smtp_auth_disabled_tenant"),
        ({"reply": replies.OFF_FOR_MAILBOX}, "smtp_auth_disabled_mailbox"),
        ({"reply": replies.NOT_MET}, "smtp_auth_blocked_by_policy"),
        ({"reply": "454 4.7.0 Temporary authentication failure"}, "provider_temporarily_unavailable"),
        ({"action": "drop"}, "smtp_connection_dropped"),
    ],
    "smtp.mail": [
        ({"reply": replies.NOT_SENDER}, "send_as_denied"),
        ({"reply": replies.CONCURRENT}, "provider_throttled"),
    ],
    "smtp.rcpt": [({"reply": replies.UNKNOWN_RECIPIENT}, "recipient_invalid")],
    "smtp.data": [({"reply": "554 5.7.1 Message rejected as spam"}, "message_content_blocked")],
    "smtp.eod": [
        ({"reply": replies.TOO_BIG}, "message_too_large"),
        ({"action": "drop_after"}, "unknown_outcome"),
    ],
}
NO_FAILURE = {
    "token.lifetime": "a token that ends soon is fetched anew",
    "graph.draft": "a check's message is small and needs no draft",
    "graph.upload": "the same",
    "graph.upload.lifetime": "the same",
    "smtp.lacks": "what a server lacks changes how the message is written, or is no matter",
    "smtp.again": "a check sends one message over its connection",
    "smtp.rate": "one message is under any limit",
}
_BEFORE_SENDING = (
    "token",
    "google.token",
    "graph.me",
    "graph.find",
    "smtp.connect",
    "smtp.ehlo",
    "smtp.starttls",
)


def cases():
    """The first fault of a place for every way that comes by, the others for the first such way."""
    first: dict[str, str] = {}
    for method, places in PLACES_OF.items():
        for place in places:
            is_first = first.setdefault(place, method) == method
            for fault, cause in FAULTS[place] if is_first else FAULTS[place][:1]:
                yield pytest.param(method, place, fault, cause, id=f"{method}-{place}-{cause}")


@pytest.mark.parametrize(("method", "place", "fault", "cause"), list(cases()))
def test_what_goes_wrong_is_found_with_its_own_cause(office, method, place, fault, cause):
    if place.endswith("token"):
        office.world.add_fault("token.lifetime", seconds=10)  # so that another one is needed
    who = office.connect_with_drafts(ULLA) if place == "graph.find" else everything_right(office, method)
    office.world.add_fault(place, **fault)
    sends = place not in (*_BEFORE_SENDING, "smtp.auth", "smtp.mail")
    book = check(who, **({"send_to": REAL} if sends else {}))
    assert book.failure is not None, book.steps
    assert book.failure.cause == cause, book.steps
    assert book.failure.message
    assert book.failure.hint


def test_every_way_has_a_row_and_every_place_its_faults():
    assert set(PLACES_OF) == set(catalog.METHODS)
    assert set(FAULTS) | set(NO_FAILURE) == set(PLACES)
    assert not set(FAULTS) & set(NO_FAILURE)
    assert {place for places in PLACES_OF.values() for place in places} == set(FAULTS)
