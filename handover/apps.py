from django.apps import AppConfig


class HandOverConfig(AppConfig):
    name = "handover"
