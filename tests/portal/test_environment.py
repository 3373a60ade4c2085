"""A variable that cannot be read is named, with what it should be; its value is not shown."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.environment import Environment


def told(monkeypatch, name: str, value: str) -> str:
    """What reading it as the settings do says."""
    monkeypatch.setenv(name, value)
    env = Environment()
    reading = {
        "DATABASE_URL": lambda: env.db_url(name, default="sqlite:///var/postroom.sqlite3"),
        "CACHE_URL": lambda: env.cache_url(name, default="locmemcache://"),
        "EMAIL_URL": lambda: env.email_url(name, default="consolemail://"),
        "HSTS_SECONDS": lambda: env.int(name, default=0),
        "LOG_LEVEL": lambda: env.one_of(name, ("DEBUG", "INFO"), default="INFO"),
    }
    with pytest.raises(ImproperlyConfigured) as wrong:
        reading[name]()
    return str(wrong.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", ""),
        ("DATABASE_URL", "postroom"),
        ("DATABASE_URL", "hidden://somebody:hidden@localhost/postroom"),
        ("DATABASE_URL", "mysql://somebody:hidden@localhost/postroom"),
        ("DATABASE_URL", "postgres://somebody:hidden/x#@localhost/postroom"),
        ("CACHE_URL", "hidden"),
        ("EMAIL_URL", "smtp.hidden.example"),
        ("EMAIL_URL", "smtp+tls://somebody:hidden@smtp.firm.example:five"),
        ("HSTS_SECONDS", ""),
        ("HSTS_SECONDS", "hidden"),
        ("LOG_LEVEL", "hidden"),
    ],
)
def test_the_variable_is_named_and_its_value_is_not_shown(monkeypatch, name, value):
    said = told(monkeypatch, name, value)
    assert said.startswith(f"{name} must be ")
    assert said.endswith(".")
    assert "hidden" not in said


def test_what_is_right_is_read(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://user:p%40ss@db.firm.example/postroom")
    read = Environment().db_url("DATABASE_URL", default="")
    assert (read["ENGINE"], read["PASSWORD"]) == ("django.db.backends.postgresql", "p@ss")
    monkeypatch.setenv("LOG_LEVEL", "INFO")
    assert Environment().one_of("LOG_LEVEL", ("DEBUG", "INFO"), default="DEBUG") == "INFO"


def test_a_silent_redis_is_waited_for_shortly_unless_the_address_says_otherwise(monkeypatch):
    address = "rediscache://cache.firm.example:6379/1"
    monkeypatch.setenv("CACHE_URL", address)
    assert Environment().cache_url("CACHE_URL")["OPTIONS"] == {
        "socket_connect_timeout": 2,
        "socket_timeout": 2,
    }
    monkeypatch.setenv("CACHE_URL", f"{address}?socket_timeout=9&max_connections=50")
    assert Environment().cache_url("CACHE_URL")["OPTIONS"] == {
        "socket_connect_timeout": 2,
        "socket_timeout": 9,
        "max_connections": 50,
    }


def test_a_value_that_begins_with_a_dollar_is_read_as_it_is_written(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "$ecret")
    monkeypatch.setenv("ecret", "of another variable")
    monkeypatch.setenv("ENCRYPTION_KEYS", "$one:key, two:key")
    assert Environment()("SECRET_KEY", default="") == "$ecret"
    assert Environment().str("SECRET_KEY", default="") == "$ecret"
    assert Environment().list("ENCRYPTION_KEYS", default=[]) == ["$one:key", "two:key"]
