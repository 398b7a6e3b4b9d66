import uuid

from django.db import models
from django.db.models.functions import Now

from drive.models.connection import Connection


class Channel(models.Model):
    """One promise of a source to ring when something changed, until it expires. Its id is the channel's id."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="channels")
    drive_id = models.CharField(
        max_length=200,
        blank=True,
        default="",
        help_text="Of a shared drive; empty: the person's own change log.",
    )
    token_sha256 = models.CharField(
        max_length=64, help_text="Digest of the random token that each ring must show."
    )
    resource_id = models.CharField(max_length=200, blank=True, default="")
    expires_at = models.DateTimeField(db_index=True)
    last_number = models.BigIntegerField(default=0, help_text="Highest message number that rang.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return str(self.id)
