from django.db import models

from accounts.models.user import User


class FailedSignIns(models.Model):
    """How often signing in has failed since it last worked, and when its person was told so."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="failed_sign_ins")
    in_a_row = models.PositiveIntegerField(default=0)
    told_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.in_a_row} in a row"
