from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from jobs.enums import JobStatus, Stage


class JobProgress(models.Model):
    """A job's current progress, overwritten by each update, and its only sequence counter.

    Events take their number here too.
    """

    job = models.OneToOneField("Job", models.CASCADE, primary_key=True, related_name="progress")
    sequence = models.PositiveBigIntegerField(default=0)
    percent = models.FloatField(default=0)
    stage_title = models.CharField(
        max_length=120, blank=True, default="", help_text="Stage title for people."
    )
    step = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.job_id}: {self.percent:.0f} %"


class JobEvent(models.Model):
    """The status and stage that a job entered.

    Written in the same transaction; never changed or deleted on its own. Sequences rise but may skip: progress
    updates take theirs from the same counter.

    An event of another status is also in the feed of the job's owner (docs/adr/0038): it has `owner` and
    `feed_number`, which is taken under the lock of the owner's UserQueue row. A change of the stage has neither.
    """

    job = models.ForeignKey("Job", models.CASCADE, related_name="events")
    sequence = models.PositiveBigIntegerField()
    status = models.CharField(max_length=12, choices=JobStatus)
    stage = models.CharField(max_length=8, choices=Stage, blank=True, default="")
    reason = models.CharField(
        max_length=200, blank=True, default="", help_text="Why, where it is worth telling."
    )
    percent = models.FloatField(db_default=0, help_text="The job's percentage at that moment.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    # The job's own key to its owner is checked; a second check would cost each event a look at the user's row.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    feed_number = models.PositiveBigIntegerField(null=True)
    ends_batch = models.BooleanField(
        default=False, db_default=False, help_text="No job of its batch was open after it."
    )

    class Meta:
        ordering = ["sequence"]
        constraints = [
            models.UniqueConstraint(fields=["job", "sequence"], name="event_sequence"),
            models.UniqueConstraint(
                fields=["owner", "feed_number"],
                name="event_feed_number",
                condition=Q(owner__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_id}#{self.sequence} {self.status}"
