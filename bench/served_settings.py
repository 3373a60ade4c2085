"""Settings of pages met with a browser: static files are collected, named by their content and compressed."""

import os

from bench.settings import *  # noqa: F403

STATIC_ROOT = os.environ["BENCH_STATIC"]
PUBLIC_URL = os.environ.get("BENCH_PUBLIC_URL", "")  # with the port, which is found when the server starts
