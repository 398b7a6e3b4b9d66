"""What billing tells the apps above it. Receivers must be quick and must not raise."""

from django.dispatch import Signal

plan_changed = Signal()
"""Inside the transaction that changed it: `owner_id` (UUID), `limits` (PlanLimits). Rows that copy a limit follow it."""
