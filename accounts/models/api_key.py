import uuid

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from accounts.enums import KeyOrigin, Scope
from accounts.models.user import User


def first_scopes() -> list[str]:
    """What every key could do before keys had scopes."""
    return [Scope.JOBS_READ.value, Scope.JOBS_WRITE.value]


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
    scopes = models.JSONField(default=first_scopes, help_text="What the key may do.")
    made_by = models.CharField(max_length=10, choices=KeyOrigin, default=KeyOrigin.COMMAND)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(null=True)
    warned_days = models.PositiveSmallIntegerField(
        null=True, help_text="The last warning before it expires that its owner got: so many days before."
    )
    last_used_at = models.DateTimeField(null=True)
    last_used_from = models.CharField(max_length=45, blank=True, default="", help_text="IP address.")
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.name})"

    @property
    def scope_set(self) -> frozenset[Scope]:
        return frozenset(Scope(each) for each in self.scopes if each in Scope.values)

    @property
    def has_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def works(self) -> bool:
        """Neither revoked nor expired, for lists. What a request may do is decided by the database's clock."""
        return self.revoked_at is None and not self.has_expired
