from django.db import models
from django.db.models.functions import Now

from accounts.models.user import User


class KnownDevice(models.Model):
    """A device from which its person has signed in. The device keeps the secret, the row only its digest."""

    user = models.ForeignKey(User, models.CASCADE, related_name="devices")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the secret in the device's cookie.")
    label = models.CharField(max_length=60, help_text="Such as `Chrome on Windows`.")
    address = models.CharField(max_length=45, help_text="IP address of the last sign-in.")
    first_seen_at = models.DateTimeField(db_default=Now(), editable=False)
    last_seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="device_known_once")]

    def __str__(self) -> str:
        return self.label
