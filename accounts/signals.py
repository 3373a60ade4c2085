"""Told to the apps above: what they keep for a member goes with him."""

from django.dispatch import Signal

# Sent before a membership is deleted, in the same transaction, with: membership, actor.
member_leaving = Signal()
