from creator.platform.outbox.bell import MOST_RINGS, doorbell
from creator.platform.outbox.lease import due_deliveries


def ring_for_due() -> int:
    """Rings for due deliveries, at most MOST_RINGS times.

    Needed after lost rings, back-offs and dead workers.
    """
    due = due_deliveries()[:MOST_RINGS].count()
    doorbell.ring(due)
    return due
