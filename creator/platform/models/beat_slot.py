from django.db import models
from django.db.models.functions import Now


class BeatSlot(models.Model):
    """One period of a periodic task.

    The firing that inserts the row does the work, so several beat processes may run.
    """

    task = models.CharField(max_length=100)
    slot = models.DateTimeField(help_text="Start of the period that the firing belongs to.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "slot"], name="beat_slot_once")]

    def __str__(self) -> str:
        return f"{self.task} at {self.slot}"
