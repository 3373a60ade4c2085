"""Invitations to many, and asking to connect: planned, started, carried out, followed."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail import EmailMessage
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts import letters, mailings, services
from accounts.audit import Actor
from accounts.letters import NotSent
from accounts.models import AuditEvent, Invitation, Letter, Mailing, MailState, Membership, Why
from accounts.people_reading import people_in
from core.sentences import said
from sender import outbox
from sender.models import OutboxMessage
from sender.reading import may_read
from tests.accounts.sign_in import sign_in
from tests.sender.helpers import hand_over, open_relay


@pytest.fixture
def actor(world):
    return Actor(world.admin.user, world.admin.user.email)


def planned(world, actor, text):
    return mailings.plan_invitations(world.company, people_in(text), "user", actor)


def whys(mailing):
    return {letter.email: letter.why for letter in mailing.letters.all()}


def test_a_dry_run_says_of_each_line_what_would_happen_and_changes_nothing(world, actor):
    services.invite(world.company, "again@x.example", "user", actor)
    before = Invitation.objects.count()
    text = "new@x.example\nNEW@x.example\nagain@x.example\nbob@people.example\nnobody\nr@x.example,Rita,boss"
    made = planned(world, actor, text)
    assert [letter.why for letter in made.letters.all()] == [
        Why.NEW, Why.TWICE, Why.RENEWED, Why.MEMBER, Why.INVALID, Why.INVALID,
    ]  # fmt: skip
    notes = {letter.number: said(letter.note) for letter in made.letters.exclude(note="")}
    assert notes[2] == "The same as in line 1."
    assert "not an e-mail address" in notes[5]
    assert "no role “boss”" in notes[6]
    assert Invitation.objects.count() == before
    assert not AuditEvent.objects.filter(action__startswith="mailing.").exists()


def test_started_it_invites_everybody_by_a_letter_with_a_link_of_their_own(world, actor, mailoutbox):
    made = planned(world, actor, "email,name,role\na@x.example,Anna,admin\nb@x.example,,\nbad")
    assert mailings.start(made, actor)
    assert not mailings.start(made, actor)
    assert sorted(mail.to[0] for mail in mailoutbox) == ["a@x.example", "b@x.example"]
    links = {mail.body.split("/invite/")[1].split("/")[0] for mail in mailoutbox}
    assert len(links) == 2
    anna = Invitation.objects.get(email="a@x.example")
    assert (anna.name, anna.role) == ("Anna", "admin")
    assert mailings.progress(Mailing.objects.get(pk=made.pk)) == {
        "waiting": 0, "sent": 2, "none": 1, "did": 0, "all": 2,
    }  # fmt: skip
    services.join(anna, "Anna", "correct horse battery")
    assert mailings.progress(made)["did"] == 1
    assert AuditEvent.objects.get(action="mailing.invitations").details == {"letters": 2}


def test_without_the_operators_mailbox_letters_go_as_the_admins_mail(world, actor, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    made = planned(world, actor, "a@x.example")
    open_relay(world.admin)
    mailings.start(made, actor)
    message = OutboxMessage.objects.get()
    assert (message.membership, message.kind) == (world.admin, "letter")
    assert list(message.recipients.values_list("address", flat=True)) == ["a@x.example"]
    assert not may_read(world.admin, message)  # the link in it is for a@x.example alone


def test_while_no_letter_can_leave_it_waits_and_says_why_and_goes_on_by_itself(world, actor, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    made = planned(world, actor, "a@x.example")
    mailings.start(made, actor)
    made.refresh_from_db()
    assert made.note
    assert not Invitation.objects.exists()
    open_relay(world.admin)
    assert mailings.work(timezone.now()) == 0
    assert mailings.work(timezone.now() + timedelta(minutes=6)) == 1
    made.refresh_from_db()
    assert (made.state, made.note) == ("done", "")


def test_nothing_is_put_into_an_outbox_that_does_not_send(world, actor, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    outbox.needs_attention(hand_over(world.admin).mailbox, "smtp_auth_rejected_generic", "535 5.7.3")
    made = planned(world, actor, "a@x.example")
    mailings.start(made, actor)
    made.refresh_from_db()
    assert "refused" in said(made.note)
    assert OutboxMessage.objects.filter(kind="letter").count() == 0


def test_a_worker_goes_on_where_another_died_and_nobody_gets_it_twice(world, actor, mailoutbox, monkeypatch):
    made = planned(world, actor, "\n".join(f"p{n}@x.example" for n in range(7)))
    written, send = [], letters.by_operator

    def dies(text):
        if len(written) == 3:
            raise KeyboardInterrupt
        written.append(text.to)
        return send(text)

    monkeypatch.setattr(letters, "by_operator", dies)
    with pytest.raises(KeyboardInterrupt):
        mailings.start(made, actor)
    monkeypatch.setattr(letters, "by_operator", send)
    assert mailings.work(timezone.now()) == 0  # held for a while by the one that died
    assert mailings.work(timezone.now() + timedelta(minutes=3)) == 4
    assert sorted(mail.to[0] for mail in mailoutbox) == [f"p{n}@x.example" for n in range(7)]


@pytest.mark.django_db(transaction=True)
def test_others_can_write_while_the_operators_server_takes_its_time(world, actor, mailoutbox, monkeypatch):
    was_free, send = [], EmailMessage.send

    def slow(message):
        was_free.append(not connection.in_atomic_block)
        return send(message)

    monkeypatch.setattr(EmailMessage, "send", slow)
    mailings.start(planned(world, actor, "a@x.example\nb@x.example"), actor)
    assert was_free == [True, True]


def test_an_invitation_whose_letter_was_refused_everywhere_is_written_the_next_time(
    world, actor, mailoutbox, monkeypatch
):
    invitation, _link = services.invite(world.company, "slow@x.example", "user", actor)
    Invitation.objects.filter(pk=invitation.pk).update(created_at=timezone.now() - timedelta(days=8))
    made = mailings.plan_asking(world.company, [], actor)
    send = letters.by_operator
    monkeypatch.setattr(letters, "by_operator", lambda _text: False)
    mailings.start(made, actor)
    assert Letter.objects.get().state == "waiting"
    monkeypatch.setattr(letters, "by_operator", send)
    assert mailings.work(timezone.now() + timedelta(minutes=6)) == 1
    assert "/invite/" in mailoutbox[0].body


def test_stopped_it_writes_no_more(world, actor, mailoutbox, monkeypatch):
    made = planned(world, actor, "a@x.example\nb@x.example")
    monkeypatch.setattr(mailings, "work", lambda *_a, **_k: 0)
    mailings.start(made, actor)
    monkeypatch.undo()
    assert mailings.stop(made, actor)
    assert mailings.work(timezone.now()) == 0
    assert mailoutbox == []


def test_a_dry_run_nobody_started_goes_after_a_day(world, actor):
    made = planned(world, actor, "a@x.example")
    mailings.work(timezone.now())
    assert Mailing.objects.filter(pk=made.pk).exists()
    mailings.work(timezone.now() + timedelta(days=2))
    assert not Mailing.objects.exists()


def test_somebody_who_joined_meanwhile_gets_no_letter(world, actor, mailoutbox):
    made = planned(world, actor, "carol2@people.example")
    world.colleague.user.email = "carol2@people.example"
    world.colleague.user.save()
    mailings.start(made, actor)
    assert mailoutbox == []
    assert Letter.objects.get().why == Why.MEMBER


def asked(world, actor, mailoutbox):
    made = mailings.plan_asking(world.company, [(world.user, Why.NOT_CONNECTED)], actor)
    mailings.start(made, actor)
    return made, mailoutbox[-1].body


def test_asking_sends_a_link_that_opens_the_profile_of_its_person_only(client, world, actor, mailoutbox):
    made, body = asked(world, actor, mailoutbox)
    link = body.split("http://testserver")[1].split()[0]
    signed_out = client.get(link)
    assert signed_out.status_code == 302
    assert signed_out["Location"].startswith("/accounts/login/")
    other = sign_in(client, world.colleague).get(link).content.decode()
    assert "went to bob@people.example" in other
    assert sign_in(client, world.stranger).get(link).status_code == 404
    answer = sign_in(client, world.user).get(link)
    assert answer["Location"] == reverse("profile", args=[world.company.code])
    assert Letter.objects.get().opened_at
    Membership.objects.filter(pk=world.user.pk).update(mail_state=MailState.WORKS)
    assert mailings.progress(made)["did"] == 1


def test_nobody_is_asked_again_within_a_week(world, actor, mailoutbox):
    asked(world, actor, mailoutbox)
    assert mailings.asked_lately(world.company) == {world.user.pk}
    Letter.objects.update(sent_at=timezone.now() - timedelta(days=8))
    assert mailings.asked_lately(world.company) == set()


def test_invitations_that_wait_are_sent_anew_with_the_asking(world, actor, mailoutbox):
    invitation, _link = services.invite(world.company, "slow@x.example", "user", actor)
    assert mailings.waiting_invitations(world.company) == []
    Invitation.objects.filter(pk=invitation.pk).update(created_at=timezone.now() - timedelta(days=8))
    made = mailings.plan_asking(world.company, [], actor)
    mailings.start(made, actor)
    assert "/invite/" in mailoutbox[0].body
    assert Invitation.objects.get(email="slow@x.example").is_open


def test_the_pages_go_from_a_list_to_the_letters(client, world, mailoutbox):
    sign_in(client, world.admin)
    code = world.company.code
    brought = SimpleUploadedFile("people.csv", "e-mail;name\na@x.example;Åsa\nbad;\n".encode("cp1252"))
    answer = client.post(reverse("invite-many", args=[code]), {"file": brought, "role": "user"}, follow=True)
    text = answer.content.decode()
    assert "1 person would be invited" in text
    assert "line 3" in text
    assert "Åsa" in text
    made = Mailing.objects.get()
    client.post(reverse("mailing-start", args=[code, made.pk]))
    page = client.get(reverse("mailing", args=[code, made.pk])).content.decode()
    assert "1 of 1 letter is on its way" in page
    assert "Not done yet" in page
    assert "Letters to many" in client.get(reverse("people", args=[code])).content.decode()
    lines = client.get(reverse("mailing-file", args=[code, made.pk])).getvalue().decode("utf-8-sig")
    assert [row[1] for row in csv.reader(io.StringIO(lines))][1:] == ["a@x.example", "bad"]


def test_a_list_that_makes_no_sense_is_said_beside_the_field(client, world):
    sign_in(client, world.admin)
    text = client.post(reverse("invite-many", args=[world.company.code]), {"role": "user"}).content.decode()
    assert "There is no address in it" in text
    assert "<title>Error: " in text


def test_a_dry_run_is_thrown_away(client, world, actor):
    made = planned(world, actor, "a@x.example")
    sign_in(client, world.admin).post(reverse("mailing-stop", args=[world.company.code, made.pk]))
    assert not Mailing.objects.exists()


def test_when_no_letter_can_leave_the_page_says_so_and_has_no_button(client, world, actor, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    made = planned(world, actor, "a@x.example")
    text = (
        sign_in(client, world.admin)
        .get(reverse("mailing", args=[world.company.code, made.pk]))
        .content.decode()
    )
    assert "No letter can leave now" in text
    assert "mailing-start" not in text
    with pytest.raises(NotSent):
        letters.way_of(world.admin)


def test_five_thousand_lines_are_planned_with_few_queries(world, actor, django_assert_max_num_queries):
    lines = people_in("\n".join(f"p{n}@x.example" for n in range(5000)))
    with django_assert_max_num_queries(90):
        mailings.plan_invitations(world.company, lines, "user", actor)
