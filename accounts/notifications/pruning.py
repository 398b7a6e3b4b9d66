from __future__ import annotations

import structlog

from accounts.models import Notification
from creator.lib.clock import database_now
from creator.platform.pruning import delete_in_batches

log = structlog.get_logger(__name__)
RETAINED_S = 90 * 24 * 3600


def prune_notifications() -> int:
    """Deletes notifications that are older than 90 days; returns how many."""
    count = delete_in_batches(Notification.objects.filter(created_at__lt=database_now(-RETAINED_S)))
    log.info("notifications_pruned", count=count)
    return count
