from django.apps import AppConfig


class HandOverConfig(AppConfig):
    name = "handover"

    def ready(self) -> None:
        from handover import proposals
        from sender import housekeeping

        housekeeping.each_hour(proposals.forget_old)
