from django.apps import AppConfig


class OAuthConfig(AppConfig):
    name = "oauth"

    def ready(self) -> None:
        from accounts.signals import member_leaving
        from mailsettings.signals import settings_changed
        from oauth import app_tokens, password_tokens, services

        member_leaving.connect(services.goes_with, dispatch_uid="oauth.services")
        settings_changed.connect(app_tokens.settings_changed, dispatch_uid="oauth.app_tokens")
        settings_changed.connect(password_tokens.settings_changed, dispatch_uid="oauth.password_tokens")
