from django.db import models
from django.db.models.functions import Now

from billing.enums import HeardBy


class StripeEvent(models.Model):
    """An event that Stripe sent, stored once. It says which customer to look at and nothing else."""

    event_id = models.CharField(primary_key=True, max_length=100)
    type = models.CharField(max_length=100)
    customer_id = models.CharField(max_length=100, blank=True, default="", db_index=True)
    object_id = models.CharField(max_length=100, blank=True, default="")
    is_live = models.BooleanField()
    heard_by = models.CharField(max_length=8, choices=HeardBy)
    created_at = models.DateTimeField(db_index=True, help_text="By Stripe's clock.")
    received_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
