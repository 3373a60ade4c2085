"""Told to the apps above: somebody changed how mail leaves."""

from django.dispatch import Signal

# Sent after commit with: company, membership (None when it concerns the whole company); kind, of a secret; methods,
# where it concerns these ways of sending only.
settings_changed = Signal()
