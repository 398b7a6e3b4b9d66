import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Delivery(models.Model):
    """One message to the outside, written in the transaction of its event; `creator.platform.outbox` hands it on.

    It stays open until it is done or dead. While a worker hands it on, the row holds the worker's token, and
    `due_at` is the end of its lease: if the worker dies, the delivery becomes due again.
    """

    kind = models.CharField(max_length=32, help_text="Which handler takes it, such as `mail`.")
    destination = models.CharField(max_length=320, help_text="Such as a mail address.")
    event_id = models.CharField(
        max_length=100, help_text="The event's own id: each goes once to a destination."
    )
    payload = models.JSONField(default=dict, help_text="Ids that the handler needs; no secrets, no content.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Handler calls that were begun.")
    due_at = models.DateTimeField(
        db_default=Now(), help_text="Next try; of one being handed on: when the worker's lease ends."
    )
    token = models.UUIDField(null=True, help_text="Of the worker that is handing it on.")
    last_error = models.CharField(max_length=400, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    done_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(
        null=True, help_text="When it was given up. It can be tried again by staff."
    )

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(
                fields=["due_at"],
                name="delivery_due",
                condition=Q(done_at__isnull=True, dead_at__isnull=True),
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["kind", "destination", "event_id"], name="delivery_once"),
            models.UniqueConstraint(
                fields=["kind", "destination"],
                name="delivery_one_call",
                condition=Q(token__isnull=False),
            ),
            models.CheckConstraint(
                name="delivery_done_or_dead", condition=Q(done_at__isnull=True) | Q(dead_at__isnull=True)
            ),
            models.CheckConstraint(
                name="delivery_token_while_open",
                condition=Q(token__isnull=True) | Q(done_at__isnull=True, dead_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"

    @property
    def is_repeat(self) -> bool:
        """Whether the handler was called before for this delivery.

        An earlier call may have succeeded unrecorded.
        """
        return self.attempts > 1

    @property
    def message_id(self) -> uuid.UUID:
        """The same for every try of this delivery, so that receivers can recognise a repeat."""
        return uuid.uuid5(uuid.NAMESPACE_OID, f"{self.kind} {self.destination} {self.event_id}")
