from django.apps import AppConfig


class SenderConfig(AppConfig):
    name = "sender"

    def ready(self) -> None:
        from django.db.backends.signals import connection_created
        from django.db.models.signals import post_save

        from accounts import letters
        from accounts.models import Membership
        from mailsettings import checking
        from mailsettings.signals import settings_changed
        from sender import actions, news, standing, turns
        from sender.doctor import unsaved
        from sender.letters import CARRIER
        from webhooks import events

        connection_created.connect(turns.take_turns, dispatch_uid="sender.turns")
        settings_changed.connect(actions.settings_changed, dispatch_uid="sender.actions")
        settings_changed.connect(standing.settings_changed, dispatch_uid="sender.standing")
        checking.register(unsaved.check)
        letters.register(CARRIER)
        events.describe("message", news.details)
        post_save.connect(standing.joined, sender=Membership, dispatch_uid="sender.standing")
