from django.db import models
from django.db.models.functions import Now

from creator.platform.models import LeasedRow


class Customer(LeasedRow):
    """Who pays: Stripe's customer of a credit account, in Stripe's test or live mode.

    While `wanted_at` is set, Stripe is asked about this customer at `due_at`. The lease is the lock per customer:
    one worker at a time asks and writes.
    """

    account = models.ForeignKey("CreditAccount", models.PROTECT, related_name="customers")
    customer_id = models.CharField(max_length=100, unique=True, help_text="Stripe's id, such as cus_….")
    is_live = models.BooleanField(help_text="Of Stripe's live mode; false: of its test mode.")
    wanted_at = models.DateTimeField(
        null=True,
        db_default=Now(),
        help_text="When a look was last asked for: a look that began earlier is followed by another.",
    )
    looked_at = models.DateTimeField(null=True, help_text="When the last complete look began.")
    deleted_at = models.DateTimeField(null=True, help_text="When Stripe said that it knows it no longer.")

    class Meta(LeasedRow.Meta):
        indexes = [
            models.Index(fields=["due_at"], name="customer_due", condition=models.Q(wanted_at__isnull=False))
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "is_live"],
                name="customer_one_per_account_and_mode",
                condition=models.Q(deleted_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.customer_id
