"""Parts of a long list: nobody twice, nobody missed, found by an index."""

import pytest
from django.db import connection

from accounts import listing
from accounts.listing import Wanted
from accounts.models import MailState, Membership
from tests.factories import make_company, make_member


@pytest.fixture
def company(db):
    made = make_company()
    for number in range(7):
        make_member(made, name=f"p{number}x{'same' if number % 2 else 'other'}")
    Membership.objects.filter(company=made).update(found_by="the same")
    Membership.objects.filter(company=made, user__email__startswith="p6").update(found_by="a first")
    make_member(make_company(), name="foreign")
    return made


def emails(people):
    return [one.user.email[:2] for one in people]


def test_walking_on_shows_everybody_once_and_walking_back_the_same(company):
    part = listing.part(company, Wanted(), size=3)
    assert part.before is None
    there = [emails(part.people)]
    while part.after:
        part = listing.part(company, Wanted(), after=str(part.after), size=3)
        there.append(emails(part.people))
    assert there == [["p6", "p0", "p1"], ["p2", "p3", "p4"], ["p5"]]
    back = [there[-1]]
    while part.before:
        part = listing.part(company, Wanted(), before=str(part.before), size=3)
        back.insert(0, emails(part.people))
    assert back == there


def test_a_strangers_mark_begins_the_list_anew(company):
    foreign = Membership.objects.get(user__name="Foreign")
    assert len(listing.part(company, Wanted(), after=str(foreign.pk)).people) == 7


def test_a_file_holds_everybody_once(company, monkeypatch):
    monkeypatch.setattr(listing, "AT_ONCE", 2)
    found = [one.pk for part in listing.in_parts(Wanted().of(company)) for one in part]
    assert len(found) == len(set(found)) == 7


def test_every_state_is_counted_also_when_nobody_is_in_it(company):
    assert listing.counts(company) == {"": 7, "works": 0, "attention": 0, "never": 7}


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Wanted(), "people_in_order"),
        (Wanted(words="an"), "people_in_order"),
        (Wanted(state=MailState.NEVER), "people_by_state"),
        (Wanted(words="an", state=MailState.NEVER), "people_by_state"),
    ],
)
def test_an_index_gives_the_order_of_every_filter(company, wanted, index):
    mark = Membership.objects.filter(company=company).first()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # so few rows are read faster without
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
    for rows in (wanted.of(company), listing._beyond(wanted.of(company), mark, "gt")):
        plan = rows[:51].explain()
        assert index in plan
        assert "TEMP B-TREE" not in plan
