import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class PartialUpload(models.Model):
    """A photo that is sent in parts. When the last part is there, an `Upload` with the same id is made of them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="partial_uploads")
    name = models.CharField(max_length=255, help_text="File name as the owner knows it.")
    length = models.PositiveBigIntegerField(help_text="Bytes of the whole file.")
    offset = models.PositiveBigIntegerField(default=0, help_text="Bytes that have arrived.")
    parts = models.JSONField(
        default=list, help_text="Storage keys of the parts, in order; none once it is done."
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["owner"], name="partial_upload_owner"),
            models.Index(fields=["expires_at"], name="partial_upload_expiry"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(offset__lte=models.F("length")), name="partial_upload_within_length"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_done(self) -> bool:
        """Whether the photo was made."""
        return self.offset == self.length
