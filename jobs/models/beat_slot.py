from django.db import models


class BeatSlot(models.Model):
    """One firing of a periodic task: whoever inserts it does the work, so that many beats are as one."""

    task = models.CharField(max_length=100)
    slot = models.DateTimeField(help_text="Start of the period that the firing belongs to.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "slot"], name="beat_slot_once")]

    def __str__(self) -> str:
        return f"{self.task} at {self.slot}"
