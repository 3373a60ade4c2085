#!/usr/bin/env python
"""Postroom's command line."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from core.command_line import run

    run(sys.argv)


if __name__ == "__main__":
    main()
