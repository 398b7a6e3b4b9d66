import uuid

from django.db import models
from django.db.models.functions import Now


class LeasedRow(models.Model):
    """Work that is done in the background: due at a time, leased by one worker, tried until it is done.

    While a worker is at it, the row holds the worker's token, and `due_at` is the end of its lease: if the worker
    dies, the work becomes due again. `creator.platform.background` does all of that.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    due_at = models.DateTimeField(
        db_default=Now(), help_text="Next try; while a worker is at it: when its lease ends."
    )
    token = models.UUIDField(null=True, editable=False, help_text="Of the worker that is at it.")
    failures = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="Tries that failed.")
    last_error = models.CharField(max_length=200, blank=True, default="", db_default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True
