"""Signals that billing sends to other apps. Receivers must be quick and must not raise."""

from django.dispatch import Signal

plan_changed = Signal()
"""Sent inside the transaction of the change, with `owner_id` (UUID) and `limits` (PlanLimits).

Receivers update rows that copy a limit.
"""
