import re

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils.html import escape

from accounts import listing
from accounts.models import AuditEvent, Invitation, MailState, Membership, Role
from diagnosis import vocabulary
from mailsettings.catalog import METHODS
from tests.accounts.sign_in import sign_in
from tests.factories import make_member, make_user


def listed(text):
    """The page without its menu, which names the viewer."""
    return text.partition("<main")[2]


def page(name, world, *args):
    return reverse(name, args=[world.company.code, *args])


def test_staff_see_everybody_with_role_and_state(client, world):
    text = sign_in(client, world.support).get(page("people", world)).content.decode()
    for one in (world.admin, world.support, world.user, world.colleague):
        assert one.user.email in text
    assert world.stranger.user.email not in text
    assert text.count(">never set up<") == 4


def test_a_person_without_a_way_has_no_dash_for_one_and_an_address_breaks_at_its_at(client, world):
    text = listed(sign_in(client, world.support).get(page("person", world, world.user.pk)).content.decode())
    assert "nothing set up" in text
    assert "–" not in text
    assert "<dd>bob@<wbr>people.example</dd>" in text


def test_people_are_found_by_a_part_of_name_or_address(client, world):
    sign_in(client, world.admin)
    found = client.get(page("people", world), {"q": "CARO"}).content.decode()
    assert world.colleague.user.email in found
    assert world.user.user.email not in found
    nothing = client.get(page("people", world), {"q": "<b>zzz"}).content.decode()
    assert "&lt;b&gt;zzz" in nothing


@pytest.mark.parametrize(
    "name", ["people", "people-file", "invite", "person", "person-role", "person-remove"]
)
def test_plain_users_are_kept_out_and_strangers_find_nothing(client, world, name):
    args = [world.colleague.pk] if name.startswith("person") else []
    assert sign_in(client, world.user).get(page(name, world, *args)).status_code in (403, 404)
    assert sign_in(client, world.stranger).get(page(name, world, *args)).status_code == 404


def test_another_companys_person_is_not_found_below_ones_own_company(client, world):
    sign_in(client, world.admin)
    for name in ("person", "person-role", "person-remove"):
        assert client.get(page(name, world, world.stranger.pk)).status_code == 404


@pytest.mark.parametrize("name", ["invite", "person-role", "person-remove"])
def test_support_looks_but_does_not_change(client, world, name):
    args = [world.user.pk] if name.startswith("person") else []
    sign_in(client, world.support)
    assert client.get(page("person", world, world.user.pk)).status_code == 200
    assert client.post(page(name, world, *args), {"role": "admin", "email": "x@y.example"}).status_code == 403
    assert not Invitation.objects.exists()
    assert Membership.objects.get(pk=world.user.pk).role == Role.USER


def test_inviting_shows_the_link_once_and_it_opens(client, world, mailoutbox):
    sign_in(client, world.admin)
    answer = client.post(page("invite", world), {"email": "new@people.example", "role": "user"})
    link = re.search(r'value="http://testserver(/invite/[^"]+)"', answer.content.decode())[1]
    assert len(mailoutbox) == 1
    people = client.get(page("people", world)).content.decode()
    assert "new@people.example" in people
    assert link not in people
    client.logout()
    assert "Join Alpha Ltd" in client.get(link).content.decode()


def test_a_wrong_address_is_said_beside_the_field_and_in_the_title(client, world):
    sign_in(client, world.admin)
    text = client.post(page("invite", world), {"email": "no address", "role": "user"}).content.decode()
    assert "<title>Error: " in text
    assert 'href="#id_email"' in text
    assert 'aria-describedby="id_email_helptext id_email_error"' in text
    assert 'value="no address"' in text


def test_a_revoked_invitation_is_gone(client, world):
    sign_in(client, world.admin)
    client.post(page("invite", world), {"email": "new@people.example", "role": "user"})
    revoke = page("invitation-revoke", world, Invitation.objects.get().pk)
    assert client.get(revoke).status_code == 302
    assert Invitation.objects.exists()
    client.post(revoke)
    assert not Invitation.objects.exists()
    assert AuditEvent.objects.filter(action="invitation.revoked").count() == 1


def test_an_invitation_of_another_company_cannot_be_revoked(client, world):
    sign_in(client, world.admin).post(page("invite", world), {"email": "new@people.example", "role": "user"})
    revoke = reverse("invitation-revoke", args=[world.stranger.company.code, Invitation.objects.get().pk])
    assert sign_in(client, world.stranger).post(revoke).status_code == 404


def test_a_role_is_changed(client, world):
    sign_in(client, world.admin)
    client.post(page("person-role", world, world.user.pk), {"role": "support"})
    assert Membership.objects.get(pk=world.user.pk).role == Role.SUPPORT


def test_the_last_admin_is_told_why_he_stays(client, world):
    sign_in(client, world.admin)
    text = client.post(page("person-role", world, world.admin.pk), {"role": "user"}).content.decode()
    assert "last admin" in text
    assert "last admin" in client.get(page("person-remove", world, world.admin.pk)).content.decode()
    assert "last admin" in client.post(page("person-remove", world, world.admin.pk)).content.decode()
    assert Membership.objects.filter(pk=world.admin.pk, role=Role.ADMIN).exists()


def test_an_admin_who_gives_up_the_role_lands_where_he_may_be(client, world):
    make_member(world.company, Role.ADMIN, "second")
    sign_in(client, world.admin)
    answer = client.post(page("person-role", world, world.admin.pk), {"role": "user"})
    assert answer.url == page("overview", world)


def test_removing_asks_first_and_says_what_goes(client, world):
    sign_in(client, world.admin)
    remove = page("person-remove", world, world.user.pk)
    text = client.get(remove).content.decode()
    assert "the membership in Alpha Ltd" in text
    assert "0 messages in the outbox" in text
    assert Membership.objects.filter(pk=world.user.pk).exists()
    client.post(remove)
    assert not Membership.objects.filter(pk=world.user.pk).exists()


def test_the_number_of_queries_does_not_grow_with_the_people(client, world, django_assert_max_num_queries):
    for _number in range(30):
        make_member(world.company)
    sign_in(client, world.admin)
    with django_assert_max_num_queries(20):
        client.get(page("people", world))


def test_the_list_goes_on_on_the_next_page_and_back(client, world, monkeypatch):
    monkeypatch.setattr("accounts.listing.PEOPLE_A_PAGE", 2)
    sign_in(client, world.admin)
    first = listed(client.get(page("people", world), {"q": "people.example"}).content.decode())
    assert "alice@" in first
    assert "bob@" in first
    assert "carol@" not in first
    there = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    assert "q=people.example" in there
    second = listed(client.get(page("people", world) + there).content.decode())
    assert "carol@" in second
    assert "sid@" in second
    assert "alice@" not in second
    assert 'rel="next"' not in second
    back = re.search(r'rel="prev" href="([^"]+)"', second)[1].replace("&amp;", "&")
    assert "alice@" in listed(client.get(page("people", world) + back).content.decode())


def test_people_are_filtered_by_the_state_of_their_mail(client, world):
    Membership.objects.filter(pk=world.user.pk).update(mail_state=MailState.ATTENTION)
    sign_in(client, world.admin)
    text = listed(client.get(page("people", world), {"state": "attention"}).content.decode())
    assert "bob@" in text
    assert "carol@" not in text
    assert re.search(r'Everybody <span class="tabs-number">4<', text)
    assert re.search(r'Needs attention <span class="tabs-number">1<', text)


def test_each_kind_of_emptiness_has_its_own_words(client, world):
    sign_in(client, world.admin)
    words = {"state=works": "mail works yet", "q=zzz": "contains “zzz”", "q=zzz&state=never": "in this state"}
    for query, sentence in words.items():
        assert sentence in client.get(f"{page('people', world)}?{query}").content.decode()


def test_an_address_that_makes_no_sense_shows_everybody(client, world):
    sign_in(client, world.admin)
    text = client.get(page("people", world), {"state": "x", "after": "nobody", "method": ""}).content.decode()
    assert "carol@" in text


def test_a_signed_in_person_of_no_company_is_told_what_to_do(client, db):
    text = sign_in(client, make_user("nobody")).get("/").content.decode()
    assert "You belong to no company" in text
    assert "nobody@people.example" in text


def test_of_many_people_the_numbers_are_kept_for_seconds_and_of_few_they_are_counted(world, monkeypatch):
    cache.clear()
    assert listing.counts(world.company)[""] == 4
    make_member(world.company)
    assert listing.counts(world.company)[""] == 5
    monkeypatch.setattr("accounts.listing.MANY", 4)
    assert listing.counts(world.company)[""] == 5
    make_member(world.company)
    assert listing.counts(world.company)[""] == 5
    cache.clear()
    assert listing.counts(world.company)[""] == 6


def test_the_list_says_why_mail_leaves_by_the_companys_way_or_what_is_wrong(client, world):
    people = Membership.objects.filter(company=world.company)
    people.update(mail_state=MailState.WORKS, mail_method="company_smtp")
    people.filter(pk=world.user.pk).update(mail_state=MailState.ATTENTION, mail_cause="mailbox_full")
    text = listed(sign_in(client, world.admin).get(page("people", world)).content.decode())
    assert text.count(escape(str(METHODS["company_smtp"].summary))) == 3
    assert str(vocabulary.cause("mailbox_full").title) in text
