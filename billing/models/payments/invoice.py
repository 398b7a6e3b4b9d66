from django.db import models


class Invoice(models.Model):
    """An invoice as Stripe described it when it was last asked. Pages list it; credits do not depend on it."""

    customer = models.ForeignKey("Customer", models.PROTECT, related_name="invoices")
    invoice_id = models.CharField(max_length=100, unique=True, help_text="Stripe's id, such as in_….")
    number = models.CharField(max_length=100, blank=True, default="", help_text="As printed on it.")
    status = models.CharField(
        max_length=16, help_text="Stripe's word: draft, open, paid, void, uncollectible."
    )
    total_cents = models.BigIntegerField()
    refunded_cents = models.BigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(
        default=0, help_text="How often its payment was tried: each try in vain is told once."
    )
    currency = models.CharField(max_length=3)
    hosted_url = models.CharField(max_length=2_000, blank=True, default="", help_text="Stripe's page of it.")
    created_at = models.DateTimeField(help_text="By Stripe's clock.")
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["customer", "-created_at"], name="invoice_newest")]

    def __str__(self) -> str:
        return f"{self.number or self.invoice_id}: {self.status}"
