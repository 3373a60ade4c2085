"""Told to the apps above: somebody changed how mail leaves."""

from django.dispatch import Signal

# Sent after commit with: company, membership (None when it concerns the whole company); kind, of a secret.
settings_changed = Signal()
