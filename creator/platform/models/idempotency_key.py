from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class IdempotencyKey(models.Model):
    """A request that its sender may repeat: for 24 hours, the same key and body get the first answer again.

    The transaction that does the work inserts the row first and adds the answer before it commits.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="idempotency_keys")
    key = models.CharField(max_length=255)
    body_hash = models.CharField(
        max_length=64, help_text="SHA-256 of what was asked, method and path included."
    )
    status = models.PositiveSmallIntegerField(null=True, help_text="HTTP status of the first answer.")
    headers = models.JSONField(default=dict, help_text="Headers of the first answer.")
    body = models.BinaryField(default=bytes, help_text="Body of the first answer.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="idempotency_once")]

    def __str__(self) -> str:
        return self.key
