"""Settings of the real processes here: LOG_FORMAT is chosen by the test, and one address breaks."""

import os

from tests.settings import *  # noqa: F403

DEBUG = False
LOG_FORMAT = os.environ["TEST_LOG_FORMAT"]
LOGGING = {"format": LOG_FORMAT, "level": "DEBUG"}
ROOT_URLCONF = "tests.safety.breaking_urls"
