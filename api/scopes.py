"""What a key may do: each scope as the sentence an admin reads when choosing it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    SEND = "send", _("Hand over messages as the people it is for.")
    READ = "read", _("See their messages: recipients, states and causes, not the texts.")
    ACT = "act", _("Stop their messages, try them again, and say what became of them.")
    CHECK = "check", _("Check whether their mail leaves, and have errors explained.")
    PEOPLE = "people", _("See who they are and whether their mail works.")
    SETTINGS_READ = "settings_read", _("Read the company’s mail settings, never a secret.")
    SETTINGS_WRITE = "settings_write", _("Change the company’s mail settings, and replace secrets.")
