from django.db import models
from django.db.models import F, Q


class CreditBucket(models.Model):
    """Credits that came in together and expire together.

    An account's available credits are what its buckets have left. What leaves a bucket is a `Draw`.
    """

    account = models.ForeignKey("CreditAccount", models.PROTECT, related_name="buckets")
    entry = models.OneToOneField(
        "LedgerEntry",
        models.PROTECT,
        null=True,
        related_name="bucket",
        help_text="With which they came in; null: what the account had before there were buckets.",
    )
    amount = models.BigIntegerField(help_text="Credits that came in.")
    left = models.BigIntegerField(help_text="Credits of them that are available.")
    taken_back = models.BigIntegerField(
        default=0, help_text="Credits whose payment was returned, whether they were left or not."
    )
    expires_at = models.DateTimeField(null=True, help_text="Null: never.")
    extended_until = models.DateTimeField(
        null=True, help_text="A job that returns credits extends their expiry no further; null with it."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="bucket_left_of_its_amount", condition=Q(left__gte=0, left__lte=F("amount"))
            ),
            models.CheckConstraint(
                name="bucket_taken_back_of_its_amount",
                condition=Q(taken_back__gte=0, taken_back__lte=F("amount")),
            ),
            models.CheckConstraint(
                name="bucket_expires_by_its_extension",
                condition=Q(expires_at__isnull=True, extended_until__isnull=True)
                | Q(expires_at__lte=F("extended_until")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.left} of {self.amount}"


class Draw(models.Model):
    """Credits that an entry took from a bucket. An entry may take from several buckets.

    Like an entry it is never changed and never deleted: triggers refuse both. A released hold gives back what its
    entry took. The draw stays, and no longer counts. There is one for each job:
    the unique constraint is the only index.
    """

    entry = models.ForeignKey("LedgerEntry", models.PROTECT, related_name="draws", db_index=False)
    bucket = models.ForeignKey(CreditBucket, models.PROTECT, related_name="draws", db_index=False)
    amount = models.IntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="draw_takes_something", condition=Q(amount__gt=0)),
            models.UniqueConstraint(fields=["entry", "bucket"], name="draw_once_per_entry_and_bucket"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of bucket {self.bucket_id}"
