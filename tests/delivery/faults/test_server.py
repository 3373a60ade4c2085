"""The mail server drops the connection, hangs, says 421, 450, 550, garbage or half a reply at each phase; TLS fails."""

from contextlib import ExitStack
from functools import partial

import pytest
import trustme
from django.utils import timezone

from accounts.models import Membership
from sender import actions, outbox, sign_in
from sender.models import OutboxMessage, SendingMailbox
from sender.services import submit_many
from sender.transports.smtp_connection import SmtpSettings, TimeLimits
from tests.delivery.faults.places import (
    Balance,
    balance,
    hand_over,
    large,
    order,
    sends_through,
    states_of,
    time_passes,
    work,
)
from tests.delivery.faults.sink import PHASES, Fault, Sink

pytestmark = pytest.mark.django_db(transaction=True)

FAULTS = {
    "drops": Fault(),
    "drops, but took it": Fault(taken=True),
    "hangs": Fault(hangs=True),
    "421": Fault("421 4.3.2 going down"),
    "450": Fault("450 4.2.1 not now"),
    "550": Fault("550 5.1.1 user unknown"),
    "garbage": Fault("?! 3"),
}
HALVES = {
    "half a yes": Fault("250 2.0.0 tak", breaks_off=True),
    "half a no": Fault("550 5.1.1 user unkn", breaks_off=True),
    "half of two lines": Fault("250-2.0.0 taken\r\n250", breaks_off=True),
}
OF_THE_MESSAGE = ("MAIL", "RCPT", "DATA", "CONTENT", "DOT")
Place = tuple[str, str]


def places(faults: dict[str, Fault]) -> list[Place]:
    """A message can be taken only when its dot came."""
    return [(phase, name) for phase in PHASES for name in faults if phase == "DOT" or "took" not in name]


def first_state(phase: str, name: str) -> str:
    """Of the message that meets the fault, once and for all if it is not waiting."""
    if phase == "DOT" and name not in ("421", "450", "550"):
        return "unknown"
    return "failed" if phase in OF_THE_MESSAGE and name == "550" else "waiting"


def fault_at(phase: str, name: str) -> Fault:
    """A no to a sign-in has a number of its own."""
    return Fault("535 5.7.8 wrong password") if (phase, name) == ("AUTH", "550") else (FAULTS | HALVES)[name]


def pauses(phase: str, name: str) -> bool:
    """Whether somebody has to mend the settings: a wrong password, or plain text where TLS was to begin."""
    return (phase, name) == ("AUTH", "550") or (phase == "TLS" and fault_at(phase, name).reply != "")


def two_orders(person: Membership, phase: str) -> None:
    """The first fits into no buffer where the server is to give up in the middle of it."""
    first = large(0) if phase == "CONTENT" else order(0)
    submit_many(person, [first, order(1)], submitted_by="test")


@pytest.fixture
def _impatient(monkeypatch):
    limits = TimeLimits(block_s=0.5, final_reply_s=0.5)
    monkeypatch.setattr(sign_in, "SmtpSettings", partial(SmtpSettings, limits=limits))


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("faults", [FAULTS, HALVES], ids=["whole replies", "half replies"])
def test_whatever_the_server_does_at_any_phase_nothing_is_lost_or_doubled_and_the_next_try_is_normal(
    trusted, faults
):
    with ExitStack() as open_sinks:
        sinks: dict[Place, Sink] = {}
        people: dict[Place, Membership] = {}
        for phase, name in places(faults):
            sink = open_sinks.enter_context(Sink(trusted, {(phase, 1): fault_at(phase, name)}))
            sinks[phase, name], people[phase, name] = sink, sends_through(sink, timeout_s=1)
            two_orders(people[phase, name], phase)
        work(threads=len(sinks))

        unknown = {place for place in people if first_state(*place) == "unknown"}
        assert balance(*sinks.values()) == Balance(lost=0, doubled=0, unknown=len(unknown))
        for place, person in people.items():
            second = "sent" if place[0] in OF_THE_MESSAGE else "waiting"
            assert states_of(person) == [first_state(*place), second], place
            mailbox = SendingMailbox.objects.get(membership=person)
            assert (mailbox.health == "needs_attention") == pauses(*place), place

        for place in filter(lambda place: pauses(*place), people):
            actions.wake(SendingMailbox.objects.get(membership=people[place]))
        time_passes()
        work(threads=len(sinks))
        assert balance(*sinks.values()) == Balance(lost=0, doubled=0, unknown=len(unknown))
        for place, person in people.items():
            first = first_state(*place).replace("waiting", "sent")
            assert states_of(person) == [first, "sent"], place


@pytest.mark.parametrize("phase", ["MAIL", "RCPT", "DATA", "DOT"])
@pytest.mark.parametrize("reply", ["550 5.7.1 relaying denied", "550 5.4.5 daily sending quota exceeded"])
def test_a_no_that_is_about_the_mailbox_is_not_kept_as_the_recipients_answer(phase, reply):
    with Sink(faults={(phase, 1): Fault(reply)}) as sink:
        person = sends_through(sink)
        hand_over(person, 2)
        work()
        assert states_of(person)[0] == "waiting"
        actions.wake(SendingMailbox.objects.get())
        work()
        assert states_of(person) == ["sent", "sent"]
        assert balance(sink) == Balance(lost=0, doubled=0, unknown=0)


@pytest.mark.parametrize("phase", ["CONNECT", "EHLO", "STARTTLS"])
@pytest.mark.parametrize(
    ("reply", "cause", "needs_somebody"),
    [
        ("550 5.1.1 user unknown", "smtp_server_refused", False),
        ("554 no service here", "smtp_server_refused", False),
        ("554 5.7.1 your address is blocked", "sending_ip_or_tenant_blocked", True),
    ],
)
def test_a_server_that_refuses_the_connection_is_never_taken_for_a_wrong_recipient(
    trusted, phase, reply, cause, needs_somebody
):
    with Sink(trusted, faults={(phase, 1): Fault(reply)}) as sink:
        person = sends_through(sink)
        [message] = hand_over(person, 1)
        work()
        assert (SendingMailbox.objects.get().health == "needs_attention") == needs_somebody
        message.refresh_from_db()
        assert (message.state, message.cause) == ("waiting", cause)

        OutboxMessage.objects.update(give_up_at=timezone.now())
        outbox.give_up(timezone.now())
        message.refresh_from_db()
        assert (message.state, message.cause) == ("failed", cause)
        assert message.recipients.get().outcome == ""
        assert balance(sink) == Balance(lost=0, doubled=0, unknown=0)


def test_to_a_server_with_a_strangers_certificate_nothing_is_said_until_somebody_mends_it(
    trusted, settings, tmp_path
):
    stranger = trustme.CA()
    with Sink(stranger) as sink:
        person = sends_through(sink)
        hand_over(person, 2)
        work()
        assert states_of(person) == ["waiting", "waiting"]
        mailbox = SendingMailbox.objects.get()
        assert (mailbox.health, mailbox.cause) == ("needs_attention", "tls_cert_untrusted")
        assert sink.reached["AUTH"] == sink.reached["MAIL"] == 0

        settings.EXTRA_CA_FILE = str(tmp_path / "stranger.pem")
        stranger.cert_pem.write_to_path(settings.EXTRA_CA_FILE)
        actions.wake(mailbox)
        work()
        assert states_of(person) == ["sent", "sent"]
        assert balance(sink) == Balance(lost=0, doubled=0, unknown=0)
