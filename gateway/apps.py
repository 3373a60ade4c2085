from django.apps import AppConfig
from django.core import checks


class GatewayConfig(AppConfig):
    name = "gateway"

    def ready(self) -> None:
        from gateway.checks import gateway

        checks.register(gateway)
