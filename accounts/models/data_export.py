from django.db import models
from django.db.models import Q

from accounts.models.user import User
from creator.platform.models import LeasedRow


class DataExport(LeasedRow):
    """A zip of all that is stored about a person: asked for, made in the background, stored until it expires."""

    MOST_FAILURES = 6

    owner = models.ForeignKey(User, models.CASCADE, related_name="exports")
    files = models.PositiveIntegerField(default=0, help_text="Stored files that it will have.")
    files_done = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True, help_text="When its file is deleted.")
    key = models.CharField(max_length=200, blank=True, default="", help_text="Storage key; empty: no file.")
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes.")

    class Meta(LeasedRow.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["owner"], name="export_one_open_per_owner", condition=Q(done_at=None, failures__lt=6)
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], name="export_due", condition=Q(done_at=None)),
            models.Index(fields=["expires_at"], name="export_expiry", condition=~Q(key="")),
        ]

    def __str__(self) -> str:
        return f"export {self.id}"

    @property
    def is_failed(self) -> bool:
        """Whether it was given up."""
        return self.done_at is None and self.failures >= self.MOST_FAILURES

    @property
    def is_open(self) -> bool:
        """Whether it waits or is being made."""
        return self.done_at is None and not self.is_failed

    @property
    def percent(self) -> int:
        """How much of its files is written."""
        return 100 * self.files_done // self.files if self.files else 0
