from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class CreditAccount(models.Model):
    """A user's credits, and the period in which their plan counts jobs.

    Every credit that came in and was not taken back is in exactly one of four places: available, reserved,
    spent or expired.

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
    expired = models.BigIntegerField(default=0, help_text="Credits that expired before a job used them.")
    granted = models.BigIntegerField(
        default=0, help_text="All that came in, adjustments included, less what was taken back."
    )
    debt = models.BigIntegerField(
        default=0, help_text="Credits that were taken back when they were already spent. Blocks new jobs."
    )
    next_expiry_at = models.DateTimeField(
        null=True, help_text="No credits expire before; null: none ever will."
    )
    period_number = models.PositiveIntegerField(
        default=0, help_text="Counts the account's periods; 0: none yet."
    )
    period_starts_at = models.DateTimeField(null=True)
    period_ends_at = models.DateTimeField(null=True)
    period_is_paid = models.BooleanField(
        default=False,
        help_text="Its credits come by payments. Else the plan's credits come each month from sign-up.",
    )
    period_jobs = models.PositiveIntegerField(
        default=0, help_text="Started in this period; failed and cancelled ones are given back."
    )
    period_credits = models.BigIntegerField(
        default=0, help_text="Held in this period; credits of failed and cancelled jobs are given back."
    )
    warned = models.PositiveSmallIntegerField(
        default=0,
        help_text="The last warning of this period that its owner got: 1 at 80 %, 2 at five jobs left, 3 at none.",
    )
    spend_cap = models.PositiveBigIntegerField(
        null=True, help_text="Credits that its owner allows themselves in a period; null: no cap."
    )
    blocked_from = models.DateTimeField(
        null=True, help_text="New jobs are refused from then on, since a payment failed; null: not blocked."
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="account_never_below_zero",
                condition=Q(available__gte=0, reserved__gte=0, spent__gte=0, expired__gte=0, debt__gte=0),
            ),
            models.CheckConstraint(
                name="account_adds_up",
                condition=Q(granted=F("available") + F("reserved") + F("spent") + F("expired")),
            ),
            models.CheckConstraint(
                name="account_period_ends_after_its_start",
                condition=Q(period_starts_at__isnull=True, period_ends_at__isnull=True)
                | Q(period_starts_at__lt=F("period_ends_at")),
            ),
        ]
        indexes = [
            models.Index(fields=["next_expiry_at"], name="account_next_expiry"),
            models.Index(fields=["period_ends_at"], name="account_period_end"),
        ]

    def __str__(self) -> str:
        return f"account {self.pk}: {self.available} available, {self.reserved} reserved"
