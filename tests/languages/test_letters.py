"""Mail that the portal writes is in the language of whoever gets it, whoever caused it."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from accounts import mailings, services
from accounts.audit import COMMAND_LINE, Actor
from accounts.models import MailState, Membership, Why
from alarms import telling
from handover import links, mailing
from handover.ways import WAYS
from sender.models import Content, OutboxMessage
from tests.accounts.sign_in import sign_in
from tests.alarms.wrong import look, paused
from tests.sender.helpers import open_relay


@pytest.fixture
def speaking(world):
    """The company speaks Swedish, Bob German; pages and workers here speak English."""
    world.company.locale = "sv"
    world.company.save()
    world.user.user.language = "de"
    world.user.user.save()
    return world


def test_an_invitation_is_in_the_companys_language_or_that_of_somebody_known(speaking, mailoutbox):
    for address in ("new@x.example", "mallory@people.example"):
        services.mail_invitation(*services.invite(speaking.company, address, "user", COMMAND_LINE))
    speaking.stranger.user.language = "de"
    speaking.stranger.user.save()
    services.mail_invitation(*services.invite(speaking.company, address, "user", COMMAND_LINE))
    swedish, also, german = (letter.subject for letter in mailoutbox)
    assert swedish == also
    assert swedish.startswith("Du är inbjuden")
    assert german.startswith("Sie sind bei Postroom")


def test_asking_many_to_connect_speaks_to_each(speaking, mailoutbox):
    Membership.objects.update(mail_state=MailState.NEVER)
    people = [(one, Why.NOT_CONNECTED) for one in (speaking.user, speaking.colleague)]
    made = mailings.plan_asking(speaking.company, people, COMMAND_LINE)
    mailings.start(made, Actor(speaking.admin.user, "alice"))
    said = {letter.to[0]: letter.subject for letter in mailoutbox}
    assert said["bob@people.example"] == "Alpha Ltd: Bitte verbinden Sie Ihr Postfach"
    assert "Alpha Ltd" in said["carol@people.example"]
    assert "connect" not in said["carol@people.example"]


def test_an_alarm_speaks_to_each_who_is_told(speaking, mailoutbox):
    paused(speaking.company)
    speaking.admin.user.language = "de"
    speaking.admin.user.save()
    look()
    telling.deliver(timezone.now() + telling.GATHER)
    (letter,) = mailoutbox
    assert "braucht Aufmerksamkeit" in letter.subject


def test_a_new_password_is_offered_in_the_persons_language(speaking, mailoutbox):
    Client().post(reverse("account_reset_password"), {"email": "bob@people.example"})
    Client().post(reverse("account_reset_password"), {"email": "carol@people.example"})
    german, swedish = (letter.subject for letter in mailoutbox)
    assert german.startswith("Ein neues Passwort")
    assert swedish.startswith("Ett nytt lösenord")


def test_a_link_for_the_it_is_mailed_in_the_companys_language(speaking, mailoutbox):
    made, address = links.make(speaking.company, WAYS["connect"], "Iris", actor=COMMAND_LINE)
    assert mailing.mail(made, address, "iris@it.example", speaking.admin)
    assert "ber om din hjälp" in mailoutbox[0].subject


def test_a_test_message_is_in_the_language_of_whom_it_goes_to(speaking):
    open_relay(speaking.admin)
    client = sign_in(Client(), speaking.admin)
    client.post("/Alpha/test/", {"to": "bob@people.example", "person": speaking.admin.pk})
    message = OutboxMessage.objects.get()
    assert message.subject == "Testnachricht von Alpha Ltd"
    assert b"Testnachricht" in Content.objects.get(message=message).unseal()


def test_what_a_message_page_tells_is_in_the_readers_language(speaking):
    open_relay(speaking.admin)
    admin = sign_in(Client(), speaking.admin)
    with translation.override("nb"):  # whoever handed it over
        admin.post("/Alpha/test/", {"to": "bob@people.example", "person": speaking.user.pk})
    page = reverse("message", args=["Alpha", OutboxMessage.objects.get().pk])
    assert "Genom företagets e-postserver" in admin.get(page).content.decode()
    german = sign_in(Client(), speaking.user).get(page).content.decode()
    assert "Über den Mailserver der Firma" in german
    assert not any("\ue010" <= letter <= "\ue013" for letter in german)
