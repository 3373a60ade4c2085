import pytest

from mailsettings import typed_secret

BESIDE = {"host": "mail.firm.example"}


@pytest.fixture
def sealed(world):
    return typed_secret.seal("heron canary", world.admin, "SmtpServerForm", BESIDE)


def test_it_opens_for_the_same_person_form_and_facts(world, sealed):
    same = {"host": ' \u200b"MAIL.firm.example" '}
    assert typed_secret.opened(sealed, world.admin, "SmtpServerForm", same) == "heron canary"
    assert "heron" not in sealed


def test_it_opens_for_nobody_and_nothing_else(world, sealed):
    assert typed_secret.opened(sealed, world.user, "SmtpServerForm", BESIDE) == ""
    assert typed_secret.opened(sealed, world.admin, "GoogleAppForm", BESIDE) == ""
    assert typed_secret.opened(sealed, world.admin, "SmtpServerForm", {"host": "evil.example"}) == ""


@pytest.mark.parametrize("text", ["", ".", "nokey.AAAA", "one.two.three", "test.!!!", "é.é"])
def test_what_was_not_made_here_opens_nothing(world, text):
    assert typed_secret.opened(text, world.admin, "SmtpServerForm", BESIDE) == ""


def test_it_is_over_after_half_an_hour(world, sealed, monkeypatch):
    later = typed_secret.time.time() + typed_secret.KEPT_S + 1
    monkeypatch.setattr(typed_secret.time, "time", lambda: later)
    assert typed_secret.opened(sealed, world.admin, "SmtpServerForm", BESIDE) == ""
