from django.apps import AppConfig


class AlarmsConfig(AppConfig):
    name = "alarms"

    def ready(self) -> None:
        from alarms import looking, telling
        from mailsettings.signals import settings_changed
        from sender import housekeeping

        settings_changed.connect(looking.settings_changed, dispatch_uid="alarms.looking")
        housekeeping.beside(looking.serve)
        housekeeping.beside(telling.serve)
