import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from accounts import services
from accounts.audit import Actor
from accounts.models import AuditEvent, Invitation, Membership, Role, User
from core.errors import InputError
from tests.factories import make_company, make_member, make_user


@pytest.fixture
def actor(world):
    return Actor(world.admin.user)


def token_of(link):
    return link.rstrip("/").rsplit("/", 1)[1]


def test_an_invitation_is_found_by_its_link_and_only_a_hash_is_stored(world, actor):
    invitation, link = services.invite(world.company, " New@People.example ", Role.SUPPORT, actor)
    assert link.startswith("http://testserver/invite/")
    assert invitation.email == "new@people.example"
    assert services.invitation_of(token_of(link)) == invitation
    assert token_of(link) not in str(Invitation.objects.values().get())
    assert token_of(link) not in str(list(AuditEvent.objects.values()))


def test_a_newer_invitation_ends_the_older_one_of_the_same_address(world, actor):
    _first, old = services.invite(world.company, "new@people.example", Role.USER, actor)
    services.invite(world.company, "new@people.example", Role.USER, actor)
    assert services.invitation_of(token_of(old)) is None


def test_a_member_is_not_invited_again(world, actor):
    with pytest.raises(InputError) as caught:
        services.invite(world.company, "BOB@people.example", Role.USER, actor)
    assert caught.value.field == "email"


def test_the_link_of_a_closed_company_is_unknown(world, actor):
    _invitation, link = services.invite(world.company, "new@people.example", Role.USER, actor)
    world.company.is_active = False
    world.company.save()
    assert services.invitation_of(token_of(link)) is None


def test_joining_makes_the_account_and_the_membership_once(world, actor):
    invitation, _link = services.invite(world.company, "new@people.example", Role.SUPPORT, actor)
    membership = services.join(invitation, "New Person", "a long password")
    assert (membership.role, membership.user.name) == (Role.SUPPORT, "New Person")
    assert membership.user.check_password("a long password")
    with pytest.raises(InputError):
        services.join(invitation, "Again", "a long password")
    assert User.objects.filter(email="new@people.example").count() == 1


def test_an_invitation_is_for_one_address_only(world, actor):
    invitation, _link = services.invite(world.company, "new@people.example", Role.ADMIN, actor)
    with pytest.raises(InputError):
        services.accept(invitation, world.user.user, actor)
    assert invitation.is_open


def test_an_expired_invitation_is_not_accepted(world, actor):
    user = make_user("late")
    invitation, _link = services.invite(world.company, user.email, Role.USER, actor)
    Invitation.objects.update(expires_at=invitation.created_at - timedelta(seconds=1))
    with pytest.raises(InputError):
        services.accept(invitation, user, actor)
    assert not Membership.objects.filter(user=user).exists()


def test_accepting_keeps_the_role_somebody_has_by_now(world, actor):
    user = make_user("quick")
    invitation, _link = services.invite(world.company, user.email, Role.ADMIN, actor)
    services.add_member(world.company, user, Role.USER, actor)
    assert services.accept(invitation, user, actor).role == Role.USER


def test_the_last_admin_stays(world, actor):
    with pytest.raises(InputError, match="last admin"):
        services.change_role(world.admin, Role.USER, actor)
    with pytest.raises(InputError, match="last admin"):
        services.remove_member(world.admin, actor)
    assert Membership.objects.get(pk=world.admin.pk).role == Role.ADMIN


def test_an_admin_whose_account_is_closed_does_not_count(world, actor):
    make_member(world.company, Role.ADMIN, "gone", is_active=False)
    assert services.is_last_admin(world.admin)


def test_one_of_two_admins_may_go(world, actor):
    make_member(world.company, Role.ADMIN, "second")
    services.remove_member(world.admin, actor)
    assert not Membership.objects.filter(pk=world.admin.pk).exists()
    assert User.objects.filter(pk=world.admin.user.pk).exists()


def test_an_admin_of_another_company_does_not_count(world, actor):
    other = make_company("Elsewhere")
    make_member(other, Role.ADMIN, "ella")
    assert services.is_last_admin(world.admin)


def test_every_change_is_audited_and_no_change_is_not(world, actor):
    services.change_role(world.user, Role.SUPPORT, actor)
    services.change_role(world.user, Role.SUPPORT, actor)
    services.remove_member(world.user, actor)
    events = AuditEvent.objects.filter(company=world.company).order_by("id")
    assert [(event.action, event.object_label) for event in events] == [
        ("member.role_changed", "bob@people.example"),
        ("member.removed", "bob@people.example"),
    ]
    assert events[0].details == {"old": "user", "new": "support"}


def test_a_link_is_mailed_when_the_portal_has_mail(world, actor, mailoutbox):
    invitation, link = services.invite(world.company, "new@people.example", Role.USER, actor)
    assert services.mail_invitation(invitation, link)
    assert mailoutbox[0].to == ["new@people.example"]
    assert link in mailoutbox[0].body


def test_without_mail_of_its_own_the_portal_says_so(world, actor, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    invitation, link = services.invite(world.company, "new@people.example", Role.USER, actor)
    assert not services.mail_invitation(invitation, link)


def test_a_mail_server_that_does_not_answer_does_not_lose_the_invitation(world, actor, settings, monkeypatch):
    def refuse(*_arguments, **_options):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    invitation, link = services.invite(world.company, "new@people.example", Role.USER, actor)
    assert not services.mail_invitation(invitation, link)
    assert services.invitation_of(token_of(link)) == invitation


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_demote_each_other_at_once_leave_one():
    company = make_company("Race")
    admins = [make_member(company, Role.ADMIN), make_member(company, Role.ADMIN)]
    start = threading.Barrier(2)

    def demote(membership):
        start.wait()
        try:
            services.change_role(membership, Role.USER, Actor(label="the other"))
        except InputError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(demote, admins)) == [False, True]
    assert Membership.objects.filter(company=company, role=Role.ADMIN).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_link_opened_twice_at_once_makes_one_account():
    company = make_company("Twice")
    invitation, _link = services.invite(company, "new@people.example", Role.USER, Actor(label="admin"))
    start = threading.Barrier(2)

    def join(name):
        start.wait()
        try:
            services.join(invitation, name, "a sentence nobody guesses")
        except InputError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(join, ["First", "Second"])) == [False, True]
    assert Membership.objects.filter(company=company).count() == 1
