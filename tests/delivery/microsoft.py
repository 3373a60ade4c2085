"""A person who goes through Connect to Microsoft, at the portal's pages and the sandbox's sign-in page."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

from accounts.models import Company, Membership
from core.net import http_session
from oauth.flows import admin_consent_address
from oauth.links import company_start_link, start_link
from oauth.models import Connection
from oauth.registration import registration_of
from sandbox import world


def connect(person: Membership, ca_file: Path) -> Connection:
    """Press Connect, sign in as the person's own address, accept what is asked, come back."""
    _sign_in(person, start_link(person), person.user.email, ca_file)
    return _usable(Connection.objects.get(membership=person))


def connect_company(admin: Membership, mailbox: str, ca_file: Path) -> Connection:
    """The same for the company's mailbox, by an admin who can sign in as it."""
    _sign_in(admin, company_start_link(admin), mailbox, ca_file)
    return _usable(Connection.objects.get(company=admin.company, membership=None))


def _usable(connection: Connection) -> Connection:
    assert connection.is_usable
    return connection


def _sign_in(person: Membership, link: str, account: str, ca_file: Path) -> None:
    portal = Client(HTTP_HOST=settings.PUBLIC_URL.partition("://")[2])
    portal.force_login(person.user)
    sign_in_page = portal.get(link)["Location"]
    form = {"person": account}
    with http_session(ca_file) as browser:
        answer = browser.post(sign_in_page, data=form, allow_redirects=False, timeout=10)
        if answer.status_code == 200:  # the page that asks for consent
            form["answer"] = "accept"
            answer = browser.post(sign_in_page, data=form, allow_redirects=False, timeout=10)
    portal.get(answer.headers["Location"].removeprefix(settings.PUBLIC_URL))


def approve(company_code: str, ca_file: Path, admin: str = "anna.admin@nordicfreight.example") -> None:
    """A Microsoft administrator allows the company's app what people need to connect, for everybody.

    He comes back to whichever company's callback: that he accepted is what counts.
    """
    registered = world.load().apps[0].redirect_uris[0]
    registration = replace(registration_of(Company.objects.get(code=company_code)), callback_url=registered)
    with http_session(ca_file) as browser:
        address = admin_consent_address(registration)
        answer = browser.post(address, data={"person": admin}, allow_redirects=False, timeout=10)
    assert "admin_consent=True" in answer.headers["Location"]


def allow(address: str, scope: str, authority_url: str, ca_file: Path) -> None:
    """The person has allowed the app of Nordic Freight one thing more, by a sign-in elsewhere."""
    app = world.load().apps[0]
    asked = {"client_id": app.client_id, "redirect_uri": app.redirect_uris[0], "scope": scope}
    query = urlencode(asked | {"response_type": "code", "state": "elsewhere"})
    page = f"{authority_url}/{app.directory}/oauth2/v2.0/authorize?{query}"
    with http_session(ca_file) as browser:
        browser.post(page, data={"person": address}, allow_redirects=False, timeout=10)
        form = {"person": address, "answer": "accept"}
        answer = browser.post(page, data=form, allow_redirects=False, timeout=10)
    assert "code=" in answer.headers["Location"]
