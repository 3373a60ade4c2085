"""What a program can be told by webhook: each kind of event, with the words an admin reads when choosing it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class EventKind(models.TextChoices):
    MESSAGE_ACCEPTED = "message.accepted", _("A message was handed over and stored.")
    MESSAGE_SENT = "message.sent", _("A message was taken by the provider.")
    MESSAGE_FAILED = "message.failed", _("A message failed for good.")
    MESSAGE_UNKNOWN = "message.unknown", _("Nobody knows whether a message was taken; a person decides.")
    MESSAGE_DEFERRED = "message.deferred", _("A message waits longer than the company allows.")
    MESSAGE_CANCELLED = "message.cancelled", _("A message was stopped by a person.")
    CONNECTION_LOST = "connection.lost", _("A connection to Microsoft or Google ended.")
    CONNECTION_RESTORED = "connection.restored", _("A connection that had ended works again.")
    SECRET_ENDING = "secret.ending", _("A secret or certificate ends soon, or has ended.")
    ALARM_OPENED = "alarm.opened", _("An alarm opened.")
    ALARM_NEARER = "alarm.nearer", _("The end that an alarm tells of came nearer.")
    ALARM_CLEARED = "alarm.cleared", _("An alarm is over.")


ABOUT_ALARMS = (EventKind.ALARM_OPENED, EventKind.ALARM_NEARER, EventKind.ALARM_CLEARED)
TEST = "webhook.test"  # not chosen: sent when somebody presses the button
