"""A person who goes through Connect to Google, at the portal's pages and the sandbox's."""

from accounts.models import Membership
from mailsettings.models import GoogleApp
from oauth.models import Connection
from sandbox.client import SandboxClient
from sandbox.server import Sandbox
from tests.oauth.google_people import GoogleBrowser


def connect_google(person: Membership, sandbox: Sandbox, world: SandboxClient) -> Connection:
    """Press Connect, sign in as the person's own address, allow what is asked, come back."""
    app = GoogleApp.objects.get(company=person.company)
    world.add_redirect_uri(app.client_id, app.callback_url)
    browser = GoogleBrowser(person, sandbox.ca_file)
    browser.connect()
    browser.google.close()
    connection = Connection.objects.get(membership=person, provider="google")
    assert connection.is_usable
    return connection
