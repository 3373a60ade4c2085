from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "api"

    def ready(self) -> None:
        from alarms import rules
        from alarms.models import Kind
        from api.alarms import keys_ending

        rules.RULES[Kind.KEY_ENDING] = keys_ending
