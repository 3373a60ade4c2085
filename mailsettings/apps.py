from django.apps import AppConfig


class MailSettingsConfig(AppConfig):
    name = "mailsettings"

    def ready(self) -> None:
        from accounts.signals import member_leaving
        from mailsettings import credentials

        member_leaving.connect(credentials.goes_with, dispatch_uid="mailsettings.credentials")
