from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import passwords
        from accounts.second_step import factors, sealing
        from core import rotation

        passwords.watch()
        factors.watch()
        rotation.also(sealing.rotate)
