from django.apps import AppConfig


class MailSettingsConfig(AppConfig):
    name = "mailsettings"
