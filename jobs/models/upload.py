import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class Upload(models.Model):
    """A photo as jobs use it: an 8-bit sRGB PNG, with the preview and thumbnail that pages show."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="uploads")
    name = models.CharField(max_length=255, help_text="File name as the owner knows it.")
    key = models.CharField(max_length=200, help_text="Storage key of the PNG.")
    preview_key = models.CharField(max_length=200)
    thumbnail_key = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    blake3 = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="Of the file as it was sent, for Comfy API v2, which finds it again by that.",
    )
    size = models.PositiveBigIntegerField(help_text="Bytes of the PNG.")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    source_format = models.CharField(max_length=16)
    notices = models.JSONField(default=dict, help_text="Copyright, artist and capture date of the photo.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(null=True, help_text="Empty while an open job uses the photo.")
    is_used = models.BooleanField(
        default=False, help_text="A finished picture was made of it: it no longer counts as unused."
    )
    purge_failures = models.PositiveSmallIntegerField(
        default=0, help_text="Times that its objects could not be deleted."
    )
    purge_after = models.DateTimeField(
        null=True, help_text="Not to be purged before: a purger has it, or the last try failed."
    )

    class Meta:
        indexes = [
            models.Index(fields=["expires_at"], name="upload_expiry"),
            models.Index(fields=["owner"], name="upload_unused", condition=models.Q(is_used=False)),
            models.Index(fields=["owner", "blake3"], name="upload_same", condition=~models.Q(blake3="")),
        ]

    def __str__(self) -> str:
        return self.name
