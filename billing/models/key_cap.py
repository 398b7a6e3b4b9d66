from django.db import models


class KeyCap(models.Model):
    """How many credits the owner of an API key allows it in a period, and how many it used.

    A row exists while a key has a cap. It is written under the lock of the account's row.
    """

    key = models.OneToOneField("accounts.ApiKey", models.CASCADE, primary_key=True, related_name="cap")
    credits = models.PositiveBigIntegerField(help_text="At most in a period.")
    period_number = models.PositiveIntegerField(help_text="The account's period that `used` counts in.")
    used = models.BigIntegerField(default=0, help_text="Credits held by its jobs in that period.")

    class Meta:
        constraints = [
            models.CheckConstraint(name="key_cap_used_not_negative", condition=models.Q(used__gte=0))
        ]

    def __str__(self) -> str:
        return f"{self.used} of {self.credits}"
