from django.apps import AppConfig


class SenderConfig(AppConfig):
    name = "sender"

    def ready(self) -> None:
        from mailsettings.signals import settings_changed
        from sender import actions

        settings_changed.connect(actions.settings_changed, dispatch_uid="sender.actions")
