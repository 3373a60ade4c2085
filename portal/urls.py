"""The map of addresses."""

from django.contrib import admin
from django.urls import include, path, register_converter
from django.views.generic import RedirectView

from accounts.second_step import pages
from portal import operator
from portal.pages import appearance, home, language, profile


class CompanyCode:
    """`Company.code`; reserved words are taken by the routes above it."""

    regex = "[A-Za-z0-9][A-Za-z0-9-]{1,31}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(CompanyCode, "company")

company_pages = [
    path("", include("portal.company_urls")),
    path("people/", include("accounts.urls")),
    path("settings/", include("mailsettings.urls")),
    path("", include("oauth.urls")),
    path("", include("sender.urls")),
    path("hand-over/", include("handover.urls")),
    path("", include("alarms.urls")),
    path("keys/", include("api.urls")),
    path("webhooks/", include("webhooks.urls")),
]

urlpatterns = [
    path("", home, name="home"),
    path("profile/", profile, name="any-profile"),
    path("appearance/", appearance, name="appearance"),
    path("language/", language, name="language"),
    path("operator/overview/", operator.overview, name="operator-overview"),
    path("operator/", admin.site.urls),
    # Nobody changes his address himself: connections and invitations are bound to it.
    path("accounts/email/", RedirectView.as_view(pattern_name="any-profile")),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/authenticate/", pages.authenticate, name="mfa_authenticate"),
    path(
        "accounts/2fa/webauthn/reauthenticate/",
        pages.reauthenticate_passkey,
        name="mfa_reauthenticate_webauthn",
    ),
    path("accounts/2fa/", pages.index, name="mfa_index"),
    path("accounts/2fa/totp/activate/", pages.set_up_app, name="mfa_activate_totp"),
    path("accounts/2fa/recovery-codes/", pages.show_codes, name="mfa_view_recovery_codes"),
    path("accounts/2fa/recovery-codes/generate/", pages.make_codes, name="mfa_generate_recovery_codes"),
    path("accounts/2fa/recovery-codes/download/", pages.download_codes, name="mfa_download_recovery_codes"),
    # The passkeys stand on the page of the whole second step.
    path("accounts/2fa/webauthn/", RedirectView.as_view(pattern_name="mfa_index")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("invite/", include("accounts.invite_urls")),
    path("api/v1/", include("api.v1.urls")),
    path("handover/", include("handover.it_urls")),
    path("<company:company_code>/", include(company_pages)),
]
