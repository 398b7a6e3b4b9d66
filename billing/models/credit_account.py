from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class CreditAccount(models.Model):
    """A user's credits.

    Every credit ever granted is in exactly one of three places: available, reserved or spent.

    The balances are the sums of the entries, stored here so that one guarded UPDATE can decide;
    `ledger_audit` checks them. The account outlives its owner: deleting a user empties `owner`, and the
    ledger no longer names that person.
    """

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="credit_account"
    )
    plan = models.ForeignKey("Plan", models.PROTECT, related_name="credit_accounts")
    available = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)
    spent = models.BigIntegerField(default=0)
    granted = models.BigIntegerField(default=0, help_text="All that came in, adjustments included.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="account_never_below_zero", condition=Q(available__gte=0, reserved__gte=0, spent__gte=0)
            ),
            models.CheckConstraint(
                name="account_adds_up", condition=Q(granted=F("available") + F("reserved") + F("spent"))
            ),
        ]

    def __str__(self) -> str:
        return f"account {self.pk}: {self.available} available, {self.reserved} reserved"
