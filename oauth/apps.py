from django.apps import AppConfig


class OAuthConfig(AppConfig):
    name = "oauth"

    def ready(self) -> None:
        from accounts.signals import member_leaving
        from oauth import services

        member_leaving.connect(services.goes_with, dispatch_uid="oauth.services")
