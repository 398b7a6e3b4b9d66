from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from billing.enums import CLOSING, FROM_A_SOURCE, OF_A_HOLD, EntryKind


class LedgerEntry(models.Model):
    """One movement of credits, never changed and never deleted: triggers refuse both.

    `amount` is how many credits moved. `kind` says which balances changed:

    - grant: outside → available
    - hold: available → reserved
    - settle: reserved → spent
    - release: reserved → available
    - adjust: outside → available, the only one that may be negative
    - expire: available → expired
    - take_back: available → outside, since a payment was returned
    - debt: adds to the debt what a take-back did not find available
    - repay: available → outside, and as much less debt

    What comes in fills a `CreditBucket`; what leaves available has a `Draw` for each bucket it took from.

    Entries protect their account and their hold, so neither can be deleted. People can still be erased,
    because entries name no person: deleting the user empties `CreditAccount.owner` and changes no sum.
    """

    account = models.ForeignKey("CreditAccount", models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=10, choices=EntryKind)
    amount = models.IntegerField()
    hold = models.ForeignKey("Hold", models.PROTECT, null=True, related_name="entries")
    source = models.CharField(
        max_length=40, blank=True, default="", help_text="Who gave, such as `opening`, `invoice`, `staff`."
    )
    source_id = models.CharField(
        max_length=200, blank=True, default="", help_text="The source's own name for this gift: given once."
    )
    reason = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name_plural = "ledger entries"
        indexes = [models.Index(fields=["account", "-at"], name="entry_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["hold"], name="entry_one_closing_per_hold", condition=Q(kind__in=CLOSING)
            ),
            models.UniqueConstraint(
                fields=["hold"], name="entry_one_opening_per_hold", condition=Q(kind=EntryKind.HOLD)
            ),
            models.UniqueConstraint(
                fields=["source", "source_id"],
                name="entry_once_per_source",
                condition=Q(kind__in=FROM_A_SOURCE),
            ),
            models.UniqueConstraint(
                fields=["source", "source_id"],
                name="entry_one_debt_per_source",
                condition=Q(kind=EntryKind.DEBT),
            ),
            models.CheckConstraint(
                name="entry_names_where_it_comes_from",
                condition=(
                    Q(kind__in=(*FROM_A_SOURCE, EntryKind.DEBT), hold__isnull=True)
                    & ~Q(source="")
                    & ~Q(source_id="")
                )
                | Q(kind__in=OF_A_HOLD, hold__isnull=False, source="", source_id="")
                | Q(kind__in=(EntryKind.EXPIRE, EntryKind.REPAY), hold__isnull=True, source="", source_id=""),
            ),
            models.CheckConstraint(
                name="entry_amount_sign", condition=Q(amount__gte=0) | Q(kind=EntryKind.ADJUST)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"
