"""The link itself: who gets in by it, what is stored of it, and what a visitor finds when it is over."""

from datetime import timedelta
from html import unescape

import pytest
from django.core.signing import Signer
from django.test import Client
from django.utils import timezone

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent
from handover import limits, links, proposals
from handover.models import Link
from handover.ways import WAYS

NO_KEY = "x" * 43


def token_of(handed) -> str:
    return handed.path.strip("/").rpartition("/")[2]


def test_the_address_opens_the_page_without_an_account_and_without_cookies(hand_over):
    handed = hand_over()
    answer = handed.open()
    assert answer.status_code == 200
    assert "Iris of Cloud Care" in answer.content.decode()
    assert not handed.visitor.cookies


def test_only_a_hash_of_the_address_is_stored(hand_over):
    handed = hand_over()
    token = token_of(handed)
    assert len(token) > 80
    assert token not in repr(Link.objects.values_list())
    assert token not in repr(AuditEvent.objects.values_list())


def test_answers_are_kept_by_nobody_and_lead_nowhere(hand_over):
    handed = hand_over()
    answers = (handed.open(), Client().get("/handover/x/"), handed.visitor.post(f"{handed.path}opened/"))
    for answer in answers:
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer["X-Robots-Tag"]


def ended(link: Link) -> None:
    Link.objects.filter(pk=link.pk).update(ends_at=timezone.now() - timedelta(seconds=1))


def revoked(link: Link) -> None:
    proposals.revoke(link, COMMAND_LINE)


def closed(link: Link) -> None:
    link.company.is_active = False
    link.company.save()


def renewed(link: Link) -> None:
    links.renew(link, actor=COMMAND_LINE)


def disallowed(link: Link) -> None:
    link.company.allowed_methods = ["gmail_app_password"]
    link.company.save()


@pytest.mark.parametrize("over", [ended, revoked, closed, renewed, disallowed])
def test_a_link_that_is_over_cannot_be_told_from_one_that_never_was(hand_over, over):
    handed = hand_over()
    over(handed.link)
    never = Client().get(f"/handover/{Signer(salt='handover', sep='~').sign(NO_KEY)}/")
    forged = Client().get(f"/handover/{NO_KEY}~{NO_KEY}/")
    for path in ("", "look/", "hand-in/", "opened/"):
        visit = handed.visitor.get if not path else handed.visitor.post
        answer = visit(f"{handed.path}{path}")
        assert (answer.status_code, answer.content) == (404, never.content)
    assert forged.content == never.content
    assert "ask who sent it to you for a new one" in never.content.decode()


def test_a_new_address_opens_an_ended_link_again(hand_over):
    handed = hand_over()
    ended(handed.link)
    address = links.renew(handed.link, days=3, actor=COMMAND_LINE)
    assert Client().get(address.removeprefix("http://testserver")).status_code == 200


def test_a_mail_scanner_changes_nothing(hand_over):
    handed = hand_over()
    before = list(Link.objects.values()), AuditEvent.objects.count()
    for _again in range(3):
        handed.open()
        handed.visitor.head(handed.path)
        for path in ("look/", "hand-in/", "opened/"):
            assert handed.visitor.get(f"{handed.path}{path}").status_code == 405
    assert (list(Link.objects.values()), AuditEvent.objects.count()) == before


def test_the_admin_sees_when_a_browser_opened_it(hand_over):
    handed = hand_over()
    assert handed.visitor.post(f"{handed.path}opened/").status_code == 204
    assert handed.fresh().opened_at is not None


def test_guessing_addresses_is_ended_for_a_while(hand_over):
    handed, visitor = hand_over(), Client()
    for _miss in range(limits.MOST_MISSES):
        assert visitor.get("/handover/guess/").status_code == 404
    refused = visitor.get("/handover/guess/")
    assert refused.status_code == 429
    words = unescape(refused.content.decode())
    assert "Wait a minute" in words
    assert "password" not in words
    assert "Sign in" not in words
    assert Client(REMOTE_ADDR="192.0.2.7").get(handed.path).status_code == 200


@pytest.mark.parametrize("way", WAYS)
def test_every_way_has_its_page_with_who_asks_what_for_and_until_when(hand_over, way):
    words = unescape(hand_over(way).words())
    assert "alice@people.example" in words
    assert "Alpha Ltd" in words
    assert str(WAYS[way].allows)[:40] in words
    assert "Works until" in words
    assert ('id="hand-in"' in words) == bool(WAYS[way].brings)


def test_no_person_but_who_asks_is_named(world, hand_over):
    for way in WAYS:
        words = hand_over(way).words()
        for person in (world.user, world.support, world.colleague):
            assert person.user.email not in words
