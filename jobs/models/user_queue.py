from django.conf import settings
from django.db import models
from django.db.models import Q


class UserQueue(models.Model):
    """One user's counts of queued and running jobs, for fairness and the parallel limit, and the feed's counter.

    Each transition updates them in its own transaction. So this row's lock puts a user's transitions in order.
    """

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="queue"
    )
    queued = models.IntegerField(default=0)
    running = models.IntegerField(default=0)
    limit = models.PositiveSmallIntegerField()
    share = models.FloatField(default=1.0, help_text="Weight among users: 2 gets twice as much.")
    webhook_events = models.CharField(
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text="Types of events that webhooks of the owner want, so that an owner without any costs no query.",
    )
    wants_ends = models.BooleanField(
        default=False,
        db_default=False,
        help_text="An app above asks at each end whether the job is one of its own; for others that costs no query.",
    )
    feed_number = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="Of the newest event in the user's feed."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(name="user_queue_counts", condition=Q(queued__gte=0, running__gte=0))
        ]

    def __str__(self) -> str:
        return f"{self.owner_id}: {self.queued} queued, {self.running} running"
