"""The measured pages, met with a browser: `prepare` fills the database, `measure` opens each page in Chromium.

As Lighthouse does it for phones: 1.6 Mbit/s down, 150 ms a round trip, a processor four times slower, nothing in the
cache (https://github.com/GoogleChrome/lighthouse/blob/main/docs/throttling.md). The browser's own figures for a
throttled network are those of "devtools throttling" there.
"""

import argparse
import json
import os
import subprocess
import sys
from statistics import median

import django

PAGES = {
    "overview": "",
    "people": "people/",
    "mail settings": "settings/",
    "outbox": "outbox/",
    "my profile": "profile/",
    "check": "check/",
}
NETWORK = {
    "offline": False,
    "latency": 562.5,
    "downloadThroughput": 1_474.56 * 1_000 / 8,
    "uploadThroughput": 675 * 1_000 / 8,
}
SLOWER = 4
FIGURES = """() => new Promise(done => {
  const found = {lcp_ms: 0, shift: 0};
  new PerformanceObserver(list => { for (const each of list.getEntries()) found.lcp_ms = each.startTime; })
    .observe({type: "largest-contentful-paint", buffered: true});
  new PerformanceObserver(list => { for (const each of list.getEntries()) found.shift += each.value; })
    .observe({type: "layout-shift", buffered: true});
  found.fcp_ms = performance.getEntriesByName("first-contentful-paint")[0].startTime;
  setTimeout(() => done(found), 200);
})"""


def prepare() -> dict:
    """Some people and messages; the cookie of a signed-in admin."""
    from django.core.management import call_command
    from django.test import Client

    from accounts.models import User
    from bench import long_lists

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    long_lists.prepare(messages=2_000, people=300)
    client = Client()
    client.force_login(User.objects.get(email="admin@bench.example"))
    return {"cookie": client.cookies["sessionid"].value}


def measure(port: int, cookie: str, rounds: int) -> dict:
    """For each page: bytes and requests at first and the second time, and when what was painted."""
    from playwright.sync_api import sync_playwright

    path = subprocess.run([sys.executable, "tools/browser.py"], capture_output=True, text=True, check=True)
    address = f"http://localhost:{port}"
    signed_in = {"name": "sessionid", "value": cookie, "url": address}
    with sync_playwright() as playwright:
        options = {"executable_path": path.stdout.strip(), "args": ["--no-sandbox"]}
        browser = playwright.chromium.launch(**options)
        found = {}
        for name, place in PAGES.items():
            visits = [_visit(browser, signed_in, f"{address}/Bench/{place}") for _ in range(rounds)]
            found[name] = {figure: median(visit[figure] for visit in visits) for figure in visits[0]}
        browser.close()
    return found


def _visit(browser: object, signed_in: dict, address: str) -> dict:
    """A phone's first visit with an empty cache, and its second."""
    context = browser.new_context(viewport={"width": 412, "height": 823}, device_scale_factor=1.75)
    context.add_cookies([signed_in])
    page = context.new_page()
    protocol = context.new_cdp_session(page)
    protocol.send("Network.enable")
    protocol.send("Network.emulateNetworkConditions", NETWORK)
    protocol.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    came: list[float] = []
    protocol.on("Network.loadingFinished", lambda event: came.append(event["encodedDataLength"]))
    page.goto(address, wait_until="networkidle")
    figures = page.evaluate(FIGURES) | {"cold_bytes": sum(came), "requests": len(came)}
    came.clear()
    page.goto(address, wait_until="networkidle")
    context.close()
    return figures | {"later_bytes": sum(came)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["prepare", "measure"])
    parser.add_argument("--port", type=int)
    parser.add_argument("--cookie")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if options.command == "measure":
        print(json.dumps(measure(options.port, options.cookie, options.rounds)))
        return
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.served_settings"
    django.setup()
    print(json.dumps(prepare()))


if __name__ == "__main__":
    main()
