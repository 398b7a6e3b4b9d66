from django.db import models
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

    Written in the same transaction; never changed or deleted on its own. Numbers rise but may skip: progress
    updates take numbers from the same counter.
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

    class Meta:
        ordering = ["sequence"]
        constraints = [models.UniqueConstraint(fields=["job", "sequence"], name="event_sequence")]

    def __str__(self) -> str:
        return f"{self.job_id}#{self.sequence} {self.status}"
