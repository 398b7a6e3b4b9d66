"""What billing tells and asks the apps above. Receivers must be quick and must not raise."""

from django.dispatch import Signal

plan_changed = Signal()
"""Sent inside the transaction of the change, with `owner_id` (UUID) and `limits` (PlanLimits).

Receivers update rows that copy a limit.
"""

plan_edited = Signal()
"""Staff changed the numbers of a plan: sent with its `slug`, inside the transaction of the edit."""

prices_asked = Signal()
"""Asks what pictures cost. A receiver returns a list of `billing.queries.PicturePrice`, in the order of pages."""

titles_asked = Signal()
"""Asks what people call the labels of holds. Sent with `labels` (a frozenset of str).

A receiver returns a mapping from each label that it knows to its title.
"""

credits_low = Signal()
"""A period is being used up, sent once for each level and period, inside the transaction of the hold: `owner_id` (UUID),
`event_id` (str), `level` (QuotaLevel), `notice` (billing.queries.QuotaNotice).

Receivers only insert rows.
"""

credits_held = Signal()
"""Sent inside the transaction of a hold, at its end, with `account_id` (int) and `price` (int, credits of its dearest job).

The account's row is locked. Receivers may look at what is left.
"""
