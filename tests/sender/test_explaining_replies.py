"""What a server said about one recipient is told in plain words, too."""

from django.urls import reverse
from django.utils.html import escape

from diagnosis.explain import explain_cause
from mailsettings import catalog
from sender.explaining import meaning_of
from sender.transports.base import Outcome
from tests.accounts.sign_in import sign_in
from tests.sender.helpers import hand_over


def test_the_words_fit_how_the_mail_leaves():
    by_smtp, by_graph = catalog.METHODS[catalog.COMPANY_SMTP], catalog.METHODS[catalog.MICROSOFT_GRAPH]
    assert meaning_of("550 5.1.1 nein", by_smtp).cause == "recipient_invalid"
    assert meaning_of("429 TooManyRequests", by_graph).cause == "provider_throttled"


def test_the_page_says_what_the_refusal_of_one_recipient_means(client, world):
    message = hand_over(world.user, to=("gone@customer.example",))
    reply = "550 5.1.10 RESOLVER.ADR.RecipientNotFound"
    message.recipients.update(outcome=Outcome.REFUSED, reply=reply)
    page = sign_in(client, world.admin).get(reverse("message", args=["Alpha", message.pk])).content.decode()
    assert reply in page
    assert escape(str(explain_cause("recipient_invalid").title)) in page
