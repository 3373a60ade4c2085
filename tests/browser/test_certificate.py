"""A certificate instead of a secret, in a real browser: made, registered at Microsoft, tried, in use."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.test_main_job import ADMIN, APP, NORDIC, SECRET, ULLA, connect, fill_office365

__all__ = ["ADMIN"]


def download_public_part(page: Page, folder: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("link", name="Public part (.cer)").first.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def register_at_microsoft(page: Page, sandbox, path: Path) -> None:
    """On the sandbox's page, as an administrator does under Certificates & secrets."""
    page.goto(sandbox.authority_url)
    card = page.locator("section", has_text=APP.client_id).last
    card.get_by_label("or its .cer or .pem file").set_input_files(path)
    card.get_by_role("button", name="Add certificate").click()


def test_a_company_without_any_secret_connects_by_a_certificate(sign_in, portal, sandbox, tmp_path):
    page = sign_in(ADMIN)
    page.goto(f"{portal}/{NORDIC}/settings/office365/")
    page.get_by_role("link", name="use a certificate instead").click()
    page.get_by_role("button", name="Make a certificate").click()
    expect(page.locator(".certificate")).to_contain_text("Thumbprint (SHA-1)")
    path = download_public_part(page, tmp_path)
    assert path.name == f"{NORDIC}.cer"
    page.get_by_label("Microsoft cloud").select_option("sandbox")
    page.get_by_label("Directory (tenant) ID").fill(APP.directory)
    page.get_by_label("Application (client) ID").fill(APP.client_id)
    page.locator(".split-more summary").click()  # Microsoft does not know the certificate yet
    page.get_by_role("button", name="Save without checking").click()
    expect(page.get_by_role("heading", name="Mail settings")).to_be_visible()
    register_at_microsoft(page, sandbox, path)
    connect(sign_in(ULLA), portal)


def test_a_new_certificate_is_tried_beside_the_secret_and_takes_over(sign_in, portal, sandbox, tmp_path):
    page = sign_in(ADMIN)
    fill_office365(page, portal)
    page.goto(f"{portal}/{NORDIC}/settings/office365/")
    page.get_by_role("link", name="Replace").click()
    page.get_by_role("button", name="Make a certificate").click()
    expect(page.get_by_role("heading", name="New client certificate, not in use yet")).to_be_visible()
    path = download_public_part(page, tmp_path)
    page.get_by_role("button", name="Try the new one").click()
    expect(page.get_by_role("heading", name="Microsoft did not accept the new one")).to_be_visible()
    expect(page.locator("main")).to_contain_text("does not know the certificate")
    register_at_microsoft(page, sandbox, path)
    page.goto(f"{portal}/{NORDIC}/settings/office365/")
    page.get_by_role("button", name="Try the new one").click()
    expect(page.locator("main")).to_contain_text("Microsoft accepted it.")
    expect(page.get_by_role("button", name="Try the new one")).to_have_count(0)
    assert SECRET not in page.content()
    connect(sign_in(ULLA), portal)


def test_a_wrong_file_is_said_beside_its_field(sign_in, portal, tmp_path):
    picture = tmp_path / "picture.pfx"
    picture.write_bytes(b"not a certificate")
    page = sign_in(ADMIN)
    page.goto(f"{portal}/{NORDIC}/settings/office365/new/")
    page.get_by_label("Certificate file").set_input_files(picture)
    page.get_by_role("button", name="Store the certificate").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    expect(page.locator(".field-invalid")).to_contain_text("neither a PFX file nor PEM")
