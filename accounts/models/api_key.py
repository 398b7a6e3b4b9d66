import uuid

from django.db import models
from django.db.models.functions import Now

from accounts.models.user import User


class ApiKey(models.Model):
    """A program's key to its owner's account. Only the hash of the key is stored; the key is shown once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(
        max_length=16, unique=True, help_text="Start of the key: finds the row, names it in lists."
    )
    digest = models.CharField(
        max_length=64, help_text="SHA-256 of the whole key, which is random: no salt is needed."
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.name})"
