from django.db import models

WAITS_S = (1, 5, 15, 60, 300, 900, 3600)
"""Upper bounds in seconds of the classes in which waits are counted; a last class has the longer ones."""


class HourRollup(models.Model):
    """Counts of the jobs that ended in one hour and are alike. Written by `jobs.rollups` alone."""

    hour = models.DateTimeField(help_text="Start of the hour, in UTC.")
    preset = models.CharField(max_length=64)
    plan = models.CharField(max_length=50, blank=True, help_text="The owner's, when the job was counted.")
    status = models.CharField(max_length=12)
    reason = models.CharField(max_length=32, blank=True, help_text="Error code of failed jobs.")
    node = models.CharField(
        max_length=64, blank=True, help_text="Name of the node of the last attempt; empty: none began."
    )
    jobs = models.PositiveIntegerField(default=0)
    credits = models.PositiveBigIntegerField(default=0, help_text="What the completed ones were charged.")
    node_s = models.FloatField(default=0, help_text="Seconds that nodes worked on their last attempts.")
    waits = models.JSONField(
        default=list,
        help_text="How many waited up to each of WAITS_S seconds for a node, and how many longer.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hour", "preset", "plan", "status", "reason", "node"], name="hour_rollup_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H}: {self.jobs} {self.status}"


class RollupMark(models.Model):
    """One row: jobs that ended before `until` are counted, each once."""

    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.until:%Y-%m-%d %H:%M:%S}"
