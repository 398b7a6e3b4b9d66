from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from billing.enums import HoldState


class Hold(models.Model):
    """Credits reserved for work in progress. A hold is open, and is then settled or released permanently.

    `reference` is text of another app ("job:<uuid>"): billing has no foreign key to that app's rows.
    """

    reference = models.CharField(max_length=100)
    account = models.ForeignKey("CreditAccount", models.PROTECT, related_name="holds")
    amount = models.PositiveIntegerField(help_text="Credits, frozen when it was made; 0 for what is free.")
    label = models.CharField(max_length=100, help_text="What people know it by, such as the preset's slug.")
    period_number = models.PositiveIntegerField(
        default=0, help_text="The account's period in which it was made; 0: before there were periods."
    )
    key = models.ForeignKey(
        "accounts.ApiKey",
        models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        help_text="Of the program that asked.",
    )
    state = models.CharField(max_length=8, choices=HoldState, default=HoldState.OPEN)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["reference"], name="hold_by_reference"),
            models.Index(fields=["key", "period_number"], name="hold_by_key", condition=Q(key__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["reference"], name="hold_one_open_per_reference", condition=Q(state=HoldState.OPEN)
            ),
            models.CheckConstraint(
                name="hold_closed_at_iff_closed",
                condition=Q(state=HoldState.OPEN, closed_at__isnull=True)
                | (Q(state__in=[HoldState.SETTLED, HoldState.RELEASED]) & Q(closed_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference}: {self.amount}, {self.state}"
