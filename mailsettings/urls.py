"""Addresses below /<company_code>/settings/."""

from django.urls import path

from mailsettings.needs import AREAS
from mailsettings.pages import (
    agreement,
    app_credential,
    app_only,
    company,
    credential,
    google,
    missing,
    person,
)

urlpatterns = [
    path("", company.overview, name="settings"),
    path("smtp/", company.smtp, name="settings-smtp"),
    path("office365/", company.office365, name="settings-office365"),
    path("office365/new/", app_credential.new, name="app-credential"),
    path("google/", google.google, name="settings-google"),
    path("app-only/", app_only.app_only, name="settings-app-only"),
    path("policy/", company.policy, name="settings-policy"),
    path("language/", company.language, name="settings-language"),
    *(
        path(f"{area}/missing/", missing.check, {"area": area}, name=f"settings-missing-{area}")
        for area in AREAS
    ),
    path("agreements/", agreement.overview, name="settings-agreements"),
    path("agreements/new/", agreement.add, name="settings-agreement-new"),
    path("agreements/kinds/new/", agreement.add_kind, name="settings-agreement-kind"),
    path(
        "agreements/kinds/<uuid:kind_id>/delete/",
        agreement.delete_kind,
        name="settings-agreement-kind-delete",
    ),
    path("agreements/<uuid:text_id>/", agreement.change, name="settings-agreement"),
    path("agreements/<uuid:text_id>/delete/", agreement.delete, name="settings-agreement-delete"),
    path("mine/", person.method, name="profile-method"),
    path("mine/password/", person.password, name="profile-password"),
    path("mine/gmail/", person.gmail, name="profile-gmail"),
    path("secrets/<uuid:credential_id>/delete/", credential.delete, name="credential-delete"),
    path("secrets/<uuid:credential_id>/public.cer", app_credential.certificate_der, name="certificate-der"),
    path("secrets/<uuid:credential_id>/public.pem", app_credential.certificate_pem, name="certificate-pem"),
]
