"""The test settings as an installation under https has them; PUBLIC_URL comes from the environment."""

from tests.settings import *  # noqa: F403

ALLOWED_HOSTS = ["portal.example"]
