from django.db import models


class CreditPack(models.Model):
    """Credits that people buy once, beside their plan. Staff edit the rows; the product never overwrites them."""

    slug = models.SlugField(primary_key=True, max_length=32)
    title = models.CharField(max_length=60)
    credits = models.PositiveIntegerField()
    lasts_days = models.PositiveSmallIntegerField(
        default=365, help_text="The credits expire so many days after they were bought."
    )
    price_cents = models.PositiveIntegerField(
        help_text="What it costs, in the smallest unit of the currency."
    )
    currency = models.CharField(max_length=3, default="eur", help_text="Three small letters, such as eur.")
    price_id = models.CharField(
        max_length=100, blank=True, default="", help_text="Stripe's price; empty: not for sale."
    )
    position = models.PositiveSmallIntegerField(default=0, help_text="Order on pages, smallest first.")
    is_offered = models.BooleanField(default=True, help_text="Shown to people who may buy it.")

    class Meta:
        ordering = ["position", "slug"]
        constraints = [
            models.CheckConstraint(name="pack_has_credits", condition=models.Q(credits__gte=1)),
            models.CheckConstraint(name="pack_lasts", condition=models.Q(lasts_days__gte=1)),
        ]

    def __str__(self) -> str:
        return self.title
