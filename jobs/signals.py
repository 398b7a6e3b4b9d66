"""Signals by which lower packages notify the packages above them. Receivers must return quickly."""

from django.dispatch import Signal

job_ended = Signal()
"""A job became completed, failed or cancelled: `job_id` (UUID), `owner_id` (UUID), `status` (JobStatus), and
`is_wanted` (bool, read at no cost): an app above has asked to know the ends of the owner's jobs
(`jobs.lifecycle.want_ends`). An app that has not asked makes no query: every job pays for it.

Sent inside the transaction that ends the job. What a receiver writes is committed together with the job's
end, or neither is, so no crash can separate them. A receiver may only insert rows, such as outbox deliveries.
If it raises, the whole transition is rolled back, and the job is ended again later.
"""

jobs_moved = Signal()
"""Jobs of one owner entered a status: `job_ids` (list of UUID), `owner_id` (UUID), `status` (JobStatus),
`feed_numbers` (range): of their events in the owner's feed (`jobs.feed`), and `wanted` (frozenset of str): the types
of events that the owner's webhooks want, read at no cost.

Sent for every change of status, a submit included, as the last step of its transaction. The owner's UserQueue row is
locked by then, so the moves of one owner are told in the order in which they are committed. A receiver may only insert
rows, and for an owner without webhooks it makes no query: every job pays for it.
"""

job_changed = Signal()
"""Sent after commit when a job's rows have changed: `job_id` (UUID), `owner_id` (UUID).

`moved` (bool): it has another status, or is new. A wake-up; it may be lost.
"""

preview_made = Signal()
"""A node sent a preview: `job_id`, `owner_id` (UUID), `content` (bytes), `mime` (str)."""

cancel_asked = Signal()
"""Sent after commit when the owner of a processing job asks to cancel it: `job_id` (UUID).

A wake-up for the holder.
"""
