"""Print the path of a Chromium or Chrome for the browser tests; get one where none is installed.

In this order: the CHROMIUM variable, an installed browser, Playwright's own download, Debian's package (root).
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def installed() -> str:
    places = [os.environ.get("CHROMIUM", ""), *(shutil.which(name) or "" for name in NAMES), *MAC]
    return next((place for place in places if place and os.access(place, os.X_OK)), "")


def playwrights_own() -> str:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
        return path if os.access(path, os.X_OK) else ""


def run(*command: str) -> bool:
    try:
        return subprocess.run(command, stdout=sys.stderr, timeout=900, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def main() -> None:
    path = installed() or playwrights_own()
    if not path and run(sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"):
        path = playwrights_own()
    if not path and shutil.which("apt-get") and os.geteuid() == 0:
        run("apt-get", "update", "-qq")
        run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")
        path = installed()
    if not path:
        sys.exit(
            "postroom: No Chromium for the browser tests. Install Chromium or Chrome, or name it: CHROMIUM=…"
        )
    print(path)


if __name__ == "__main__":
    main()
