"""A repr lands in tracebacks and debuggers: none of an object that carries a secret may show it."""

import pytest

from core.crypto import DecryptionFailed
from mailsettings.forms import EmailPasswordForm, GmailForm, MicrosoftAppForm, SmtpServerForm
from mailsettings.models import Credential
from oauth.registration import registration_of
from sender.mime import Attachment, Frozen
from sender.models import Content
from sender.services import Draft, RawMessage, submit
from sender.sign_in import transport_for
from sender.transports.graph import GraphSettings
from sender.transports.smtp import SmtpSettings
from tests.safety import canaries
from tests.safety.canaries import found_in

BODY = canaries.BODY.encode()


@pytest.mark.parametrize(
    "carrier",
    [
        SmtpSettings(host="h", port=587, secret=canaries.EMAIL_PASSWORD),
        GraphSettings(graph_url="https://h", token=lambda force: canaries.ACCESS_TOKEN),
        Frozen(BODY, "a@x.example", ("b@x.example",), (), (), "<1@x.example>", "Order"),
        Draft(
            to=["b@x.example"], text=canaries.BODY, html=canaries.BODY, attachments=[Attachment("f", BODY)]
        ),
        RawMessage(BODY),
        Attachment("f.txt", BODY),
    ],
    ids=lambda carrier: type(carrier).__name__,
)
def test_the_repr_of_what_carries_a_secret_does_not_show_it(carrier):
    assert found_in(f"{carrier!r} {carrier}".encode()) == []


def test_rows_registrations_and_transports_do_not_show_their_secrets(entra, vault):
    message = submit(
        vault.user, Draft(to=["rita@recipient.example"], text=canaries.BODY), submitted_by="test"
    )
    transport = transport_for(message.mailbox)
    things = [message, message.mailbox, Content.objects.get(), registration_of(vault.company), transport]
    things += [transport.settings, *Credential.objects.all()]
    for thing in things:
        assert found_in(f"{thing!r} {thing} {getattr(thing, '__dict__', '')}".encode()) == [], type(thing)


def test_a_secret_that_cannot_be_read_says_only_so(vault, settings):
    settings.ENCRYPTION_KEYS = ["other:" + "A" * 43 + "="]
    with pytest.raises(DecryptionFailed) as refused:
        Credential.objects.first().reveal()
    assert found_in(f"{refused.value!r} {vars(refused.value)}".encode()) == []


@pytest.mark.parametrize(
    ("form", "owner", "field"),
    [
        (SmtpServerForm, "company", "password"),
        (MicrosoftAppForm, "company", "client_secret"),
        (EmailPasswordForm, "membership", "password"),
        (GmailForm, "membership", "app_password"),
    ],
)
def test_a_form_drawn_again_does_not_hold_the_secret_typed_into_it(vault, form, owner, field):
    whose = vault.company if owner == "company" else vault.user
    drawn = form({field: canaries.EMAIL_PASSWORD}, **{owner: whose})
    drawn.is_valid()
    assert found_in(f"{drawn!r} {drawn.as_p()} {drawn.errors!r} {drawn.errors.as_json()}".encode()) == []
