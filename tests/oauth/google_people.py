"""A person's browser at the portal and at the sandbox's Google."""

import re

import requests
from django.test import Client

from accounts.audit import COMMAND_LINE
from accounts.models import Company
from core.net import http_session
from mailsettings import credentials
from mailsettings.models import CredentialKind, GoogleApp
from oauth.links import google_start_link
from sandbox import world

FJORD, TESTING, PUBLIC = world.load().google_apps
SEND, MAIL = "https://www.googleapis.com/auth/gmail.send", "https://mail.google.com/"
PORTAL = "http://localhost:8000"


def set_up_google(company: Company, app: world.GoogleApp = FJORD, send_by: str = "gmail_api") -> GoogleApp:
    credentials.store(company, CredentialKind.GOOGLE_CLIENT_SECRET, app.secret, actor=COMMAND_LINE)
    GoogleApp.objects.filter(company=company).delete()
    return GoogleApp.objects.create(company=company, client_id=app.client_id, send_by=send_by)


class GoogleBrowser:
    """Signed in to the portal, with cookies of its own at Google."""

    def __init__(self, member, ca_file):
        self.member = member
        self.portal = Client(HTTP_HOST="localhost:8000")
        self.portal.force_login(member.user)
        self.google = http_session(ca_file)

    def leave(self) -> str:
        response = self.portal.get(google_start_link(self.member))
        assert response.status_code == 302
        return response["Location"]

    def at_google(self, auth_uri: str, person: str, answer: str = "continue", keep=(SEND, MAIL)):
        """Choose an account, answer the question if one comes."""
        here = {"allow_redirects": False, "timeout": 10}
        response = self.google.post(auth_uri, data={"person": person}, **here)
        if response.status_code == requests.codes.ok:
            form = {"person": person, "answer": answer, **dict.fromkeys(keep, "on")}
            response = self.google.post(auth_uri, data=form, **here)
        return response

    def come_back(self, location: str):
        """The page at the end."""
        return self.portal.get(location.removeprefix(PORTAL), follow=True)

    def connect(self, person: str = "", answer: str = "continue", keep=(SEND, MAIL)) -> str:
        """From the button to the last page; its text."""
        response = self.at_google(self.leave(), person or self.member.user.email, answer, keep)
        assert response.status_code == 302, response.text
        return self.come_back(response.headers["Location"]).content.decode()


def words(page: str) -> str:
    """What is read of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
