"""Every page in light, dark and on a phone: no accessibility fault, nothing blocked, nothing sticking out."""

from datetime import timedelta
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from accounts import mailings
from accounts.audit import COMMAND_LINE, record
from accounts.models import Company, Membership, Why
from accounts.people_reading import people_in
from mailsettings import app_credentials, certificates
from mailsettings.credentials import store
from mailsettings.models import AppOnlySettings, CredentialKind, MicrosoftApp, UserMailSettings
from sender import batches
from sender.models import Health, SendingMailbox
from sender.services import Draft, Submission
from tests.sender.helpers import hand_over, left_without_an_answer, refused

ADMIN = "anna.admin@nordicfreight.example"
VARIANTS = [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390), ("light", 320)]


@pytest.fixture
def lived_in(portal) -> dict[str, str]:
    """A company with a bit of everything; the addresses of its pages."""
    company = Company.objects.get(code="NordicFreight")
    admin = Membership.objects.get(company=company, user__email=ADMIN)
    soon = timezone.localdate() + timedelta(days=9)
    store(company, CredentialKind.CLIENT_SECRET, "a secret", actor=COMMAND_LINE, expires_on=soon)
    app = {"cloud": "sandbox", "tenant_id": "nordicfreight.example", "client_id": uuid4()}
    MicrosoftApp.objects.create(company=company, **app)
    AppOnlySettings.objects.create(company=company, use_graph=True, mailbox="invoices@nordicfreight.example")
    made = certificates.make(company.code, timezone.now())
    app_credentials.put(company, app_credentials.of_pair(made), actor=COMMAND_LINE)
    UserMailSettings.objects.create(company=company, membership=admin)
    failed = hand_over(admin, subject="Order 1 for a customer with a rather long name, as they often are")
    reply = "550 5.1.1 <nobody@recipient.example>: Recipient address rejected: User unknown"
    refused(failed, reply)
    unknown = hand_over(admin, subject="Order 2")
    left_without_an_answer(unknown)
    waiting = hand_over(admin, subject="Order 3")
    record(COMMAND_LINE, "message.retried", company=company, label=waiting.message_id)
    SendingMailbox.objects.update(
        health=Health.NEEDS_ATTENTION, cause="smtp_auth_rejected_generic", cause_raw="535 5.7.3"
    )
    mailing = mailings.plan_invitations(
        company, people_in("new@recipient.example,New\nnobody\nnew@recipient.example"), "user", COMMAND_LINE
    )
    asked = mailings.plan_asking(company, [(admin, Why.RECONNECT)], COMMAND_LINE)
    mailings.start(asked, COMMAND_LINE)
    batch = batches.begin(company, "invoices-november", submitted_by="API key ERP", api_key="")
    orders = [batches.Line(n, admin, Submission(Draft(to=["rita@recipient.example"]))) for n in (1, 2, 3)]
    why = batches.Refusal("invalid", "to", "“nobody” is not an e-mail address.")
    batches.store(batch, [*orders, batches.Refused(4, why)])
    base = f"{portal}/{company.code}"
    return {
        "overview": f"{base}/",
        "people": f"{base}/people/",
        "person": f"{base}/people/{admin.pk}/",
        "nobody found": f"{base}/people/?q=zzz",
        "second step of admins": f"{base}/people/second-step/",
        "invite": f"{base}/people/invite/",
        "invite many": f"{base}/people/invite/many/",
        "what would happen": f"{base}/people/letters/{mailing.pk}/",
        "letters": f"{base}/people/letters/{asked.pk}/",
        "ask to connect": f"{base}/people/ask/",
        "settings": f"{base}/settings/",
        "smtp": f"{base}/settings/smtp/",
        "smtp filled in": f"{base}/settings/smtp/?preset=microsoft-global",
        "office365": f"{base}/settings/office365/",
        "credential": f"{base}/settings/office365/new/",
        "policy": f"{base}/settings/policy/",
        "app only": f"{base}/settings/app-only/",
        "approval": f"{base}/oauth/microsoft/approval",
        "company mailbox": f"{base}/oauth/company-mailbox/",
        "password": f"{base}/settings/mine/password/",
        "gmail": f"{base}/settings/mine/gmail/",
        "google": f"{base}/settings/google/",
        "outbox": f"{base}/outbox/",
        "outbox of a batch": f"{base}/outbox/?batch={batch.pk}",
        "batches": f"{base}/batches/",
        "batch": f"{base}/batches/{batch.pk}/",
        "stopping a batch": f"{base}/batches/{batch.pk}/cancel/",
        "failed": f"{base}/outbox/{failed.pk}/",
        "unknown": f"{base}/outbox/{unknown.pk}/",
        "waiting": f"{base}/outbox/{waiting.pk}/",
        "test": f"{base}/test/",
        "explain": f"{base}/explain/",
        "guides": f"{base}/guides/",
        "guide to registering": f"{base}/guides/app-registration/",
        "guide with a script": f"{base}/guides/app-only-graph/",
        "guide to what ends": f"{base}/guides/what-ends-when/",
        "profile": f"{base}/profile/",
        "audit": f"{base}/audit/",
        "missing": f"{base}/no-such-page/",
    }


@pytest.mark.parametrize(("scheme", "width"), VARIANTS)
def test_pages_are_accessible_and_fit(lived_in, sign_in, scheme, width):
    page = sign_in(ADMIN)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 844})
    faults = []
    for name, address in lived_in.items():
        page.goto(address)
        found = Axe().run(page)
        faults += [f"{name}: {v['id']} {v['nodes'][0]['target']}" for v in found.response["violations"]]
        sticking_out = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if sticking_out > 0:
            faults.append(f"{name}: {sticking_out} pixels wider than the window")
    assert faults == []


def test_lists_fit_beside_the_menu_on_a_tablet(lived_in, sign_in):
    page = sign_in(ADMIN)
    faults = {}
    for width in (1160, 1000, 800):
        page.set_viewport_size({"width": width, "height": 844})
        for name in ("people", "outbox", "waiting", "batches", "audit"):
            page.goto(lived_in[name])
            sticking_out = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            if sticking_out > 0:
                faults[name, width] = sticking_out
    assert faults == {}
