"""The company's app at Google: what may be typed, saved, applied from a file, and where Google is."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from accounts.audit import COMMAND_LINE
from accounts.models import AuditEvent
from core.errors import ConfigurationError
from mailsettings import credentials, services
from mailsettings.forms import GoogleAppForm, PolicyForm
from mailsettings.google import BUILT_IN, read_google_file
from mailsettings.models import CompanyMailSettings, Credential, GoogleApp
from tests.accounts.sign_in import sign_in

ID = "402418830125-6f3kqv1m8s2c7x9pbd0tznw4hjr5yel7.apps.googleusercontent.com"
OTHER_ID = "718650294417-t4e9sw2ncg6k1v8zqhb3ym7xr0dlp5jf.apps.googleusercontent.com"
SECRET = "GOCSPX-C0py_of6WnRtKbV4xZcMqLy9hGs"
TYPED = {"client_id": ID, "client_secret": SECRET, "send_by": "gmail_api"}


def at(world, name="settings-google"):
    return reverse(name, args=[world.company.code])


@pytest.fixture
def admin(client, world):
    return sign_in(client, world.admin)


def save(world, **changes):
    form = GoogleAppForm(TYPED | changes, company=world.company)
    assert form.is_valid(), form.errors
    return services.save_google_app(world.company, form.values, client_secret=form.secret, actor=COMMAND_LINE)


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("client_id", "", "required"),
        ("client_id", SECRET, "This is the client secret"),
        ("client_id", "robot@project.iam.gserviceaccount.example", "This is an e-mail address"),
        ("client_id", "my-project-id", "This is not a Client ID"),
        ("client_id", "3b2f9d10-77aa-4c1e-8d55-0e9f61b7c223", "This is not a Client ID"),
        ("client_secret", "", "Paste the client secret"),
        ("client_secret", ID, "This is the Client ID"),
        ("client_secret", "****-hGs***", "Google hides"),
        ("client_secret", '{"web": {}}', "content. Copy the client secret alone"),
        ("client_secret", "GOCSPX two words", "no spaces"),
        ("send_by", "pigeon", "pigeon"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(world, field, typed, said):
    form = GoogleAppForm(TYPED | {field: typed}, company=world.company)
    assert said in str(form.errors[field])


def test_a_client_id_is_kept_in_small_letters_and_without_spaces(world):
    form = GoogleAppForm(TYPED | {"client_id": f" {ID.upper()} "}, company=world.company)
    assert form.is_valid()
    assert form.cleaned_data["client_id"] == ID


def test_a_secret_is_kept_when_left_empty_but_not_for_another_client(world):
    save(world)
    assert save(world, client_secret="", send_by="smtp") == {"send_by": ("gmail_api", "smtp")}
    form = GoogleAppForm(TYPED | {"client_id": OTHER_ID, "client_secret": ""}, company=world.company)
    assert "belongs to one client" in str(form.errors["client_secret"])


def test_a_way_the_operator_has_not_allowed_cannot_be_chosen(world):
    world.company.allowed_methods = ["google_smtp"]
    form = GoogleAppForm(TYPED, company=world.company)
    assert "has not allowed" in str(form.errors["send_by"])
    assert GoogleAppForm(company=world.company)["send_by"].value() == "smtp"


def test_saving_is_audited_without_the_secret(world):
    save(world)
    assert GoogleApp.objects.get().method == "google_api"
    assert credentials.stored(world.company, "google_client_secret").reveal() == SECRET
    assert {event.action for event in AuditEvent.objects.all()} >= {"google_app.added", "credential.set"}
    assert not AuditEvent.objects.filter(details__icontains=SECRET).exists()


def test_the_page_shows_the_callback_address_and_never_the_secret(admin, world, settings):
    page = admin.get(at(world)).content.decode()
    assert f"{settings.PUBLIC_URL}/Alpha/oauth/google/callback" in page
    assert admin.post(at(world), TYPED).status_code == 302
    page = admin.get(at(world)).content.decode()
    assert ID in page
    assert SECRET not in page
    assert "fingerprint" in page


def test_deleting_the_secret_leads_back_and_says_what_stops(admin, world):
    admin.post(at(world), TYPED)
    address = reverse("credential-delete", args=["Alpha", Credential.objects.get().pk])
    assert "connect to Google" in admin.get(address).content.decode()
    assert admin.post(address)["Location"] == at(world)
    assert not Credential.objects.exists()
    assert "secret" in admin.get(at(world, "settings")).content.decode()


def test_others_do_not_see_the_page(client, world):
    for member, status in ((world.user, 403), (world.support, 403), (world.stranger, 404)):
        sign_in(client, member)
        assert client.get(at(world)).status_code == status


def test_the_company_may_send_by_google_alone_once_it_is_set_up(world):
    nothing_else = {"method": "google_api", "company_server_from": "user", "connections_from": "person"}
    typed = nothing_else | {"give_up_hours": "24", "bodies_shown_to": "nobody"}
    assert "Set up" in str(PolicyForm(typed, company=world.company).errors["method"])
    save(world)
    form = PolicyForm(typed, company=world.company)
    assert form.is_valid(), form.errors


def test_a_file_brings_the_app_and_twice_the_same_is_nothing(world, tmp_path, monkeypatch):
    monkeypatch.setenv("GOOGLE_SECRET", SECRET)
    text = f"""
        [[company]]
        code = "Alpha"
        [company.google]
        client_id = "{ID}"
        client_secret = {{ env = "GOOGLE_SECRET" }}
        send_by = "smtp"
    """
    (tmp_path / "alpha.toml").write_text(text)
    out = StringIO()
    for _ in range(2):
        call_command("apply", str(tmp_path / "alpha.toml"), stdout=out)
    assert "Alpha.google.client_id" in out.getvalue()
    assert "Nothing to do." in out.getvalue()
    assert SECRET not in out.getvalue()
    assert GoogleApp.objects.get().send_by == "smtp"


def test_the_operators_file_changes_what_it_names(tmp_path):
    file = tmp_path / "google.toml"
    file.write_text('[google]\ngmail = "https://gmail.proxy.example"\nsmtp_port = 587\n')
    found = read_google_file(file)
    assert (found.gmail, found.smtp_port, found.token) == ("https://gmail.proxy.example", 587, BUILT_IN.token)
    assert BUILT_IN.issuers == ("https://accounts.google.com", "accounts.google.com")


@pytest.mark.parametrize(
    "text",
    ["[google", '[google]\nmail = "x"', "[google]\ntoken = 7", '[google]\ntoken = "http://proxy.example/"'],
)
def test_a_wrong_file_is_named(tmp_path, text):
    file = tmp_path / "google.toml"
    file.write_text(text)
    with pytest.raises(ConfigurationError):
        read_google_file(file)
    with pytest.raises(ConfigurationError):
        read_google_file(tmp_path / "missing.toml")


def test_the_way_all_send_by_stays_on_until_the_policy_names_another(world):
    save(world)
    policy = CompanyMailSettings.objects.create(company=world.company, method="google_api")
    form = GoogleAppForm(TYPED | {"client_secret": "", "send_by": "smtp"}, company=world.company)
    assert "The company sends by Connect to Google" in str(form.errors["send_by"])
    policy.method = ""
    policy.save()
    assert save(world, client_secret="", send_by="smtp") == {"send_by": ("gmail_api", "smtp")}
