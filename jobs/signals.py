"""What lower rooms tell upper ones. Receivers must be quick and must not raise."""

from django.dispatch import Signal

job_changed = Signal()
"""After commit, a job's rows changed: `job_id` (UUID), `owner_id` (UUID)."""

preview_made = Signal()
"""A node sent a picture of work in progress: `job_id` (UUID), `owner_id` (UUID), `content` (bytes), `mime` (str)."""

cancel_asked = Signal()
"""After commit, the owner of a processing job asked to cancel it: `job_id` (UUID)."""
