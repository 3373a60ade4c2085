"""The environment, as the settings read it: a wrong value is told by its variable's name, and never shown."""

from collections.abc import Callable, Sequence

import environ
from django.core.exceptions import ImproperlyConfigured

_DATABASES = ("django.db.backends.sqlite3", "django.db.backends.postgresql")
# In seconds: a Redis that is silent must not hold a request for minutes. What CACHE_URL itself says goes first.
_REDIS_PATIENCE = {"socket_connect_timeout": 2, "socket_timeout": 2}
_AS_ADDRESS = "Write other signs than letters and digits in user and password as %XX: %40 for @."


class Environment(environ.Env):
    """Raises ImproperlyConfigured for every value that cannot be read."""

    def get_value(self, var: str, cast: Callable | type | None = None, **options: object) -> object:
        """As it is written: of one that begins with $, environ would look for a variable of that name."""
        if self.ENVIRON.get(var, "").startswith("$"):
            return _read(lambda: self.parse_value(self.ENVIRON[var], cast), var, "a whole number.")
        return _read(
            lambda: super(Environment, self).get_value(var, cast=cast, **options), var, "a whole number."
        )

    def list(self, var: str, **options: object) -> Sequence[str]:
        """With spaces after the commas, as people write it, or without."""
        return [entry.strip() for entry in super().list(var, **options) if entry.strip()]

    def one_of(self, var: str, values: tuple[str, ...], default: str) -> str:
        if (value := self.str(var, default=default)) not in values:
            raise ImproperlyConfigured(f"{var} must be one of {', '.join(values)}.")
        return value

    def db_url(self, var: str, default: str) -> dict:
        wanted = f"sqlite:///… or postgres://user:password@host/name. {_AS_ADDRESS}"
        kind = self.str(var, default=default).partition("://")[0]
        if self.DB_SCHEMES.get(kind) not in _DATABASES:
            raise ImproperlyConfigured(f"{var} must be {wanted}")
        return _read(lambda: super(Environment, self).db_url(var, default=default), var, wanted)

    def cache_url(self, var: str, **options: object) -> dict:
        wanted = "an address such as rediscache://host:6379/1."
        read = _read(lambda: super(Environment, self).cache_url(var, **options), var, wanted)
        if read["BACKEND"].endswith("RedisCache"):
            read["OPTIONS"] = _REDIS_PATIENCE | read.get("OPTIONS", {})
        return read

    def email_url(self, var: str, **options: object) -> dict:
        wanted = f"an address such as smtp+tls://user:password@host:587. {_AS_ADDRESS}"
        return _read(lambda: super(Environment, self).email_url(var, **options), var, wanted)


def _read(read: Callable[[], object], var: str, wanted: str) -> object:
    try:
        return read()
    except (ValueError, KeyError, ImproperlyConfigured):
        raise ImproperlyConfigured(f"{var} must be {wanted}") from None
