import uuid
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from jobs.enums import WebhookEnd


class Webhook(models.Model):
    """An address of a person's own program, to which events are posted. Only `jobs.webhooks` writes it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=2048)
    description = models.CharField(max_length=100, blank=True, default="")
    events = models.JSONField(help_text="Types of events that it wants (`jobs.enums.EventType`).")
    secret = models.TextField(help_text="Encrypted, as is the old one.")
    old_secret = models.TextField(blank=True, default="")
    old_secret_until = models.DateTimeField(null=True, help_text="Until then messages are signed with both.")
    failing_since = models.DateTimeField(
        null=True, help_text="The first failure since it last took a message."
    )
    disabled_at = models.DateTimeField(null=True)
    disabled_for = models.CharField(max_length=8, choices=WebhookEnd, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [models.Index(fields=["owner", "created_at"], name="webhook_of_owner")]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def host(self) -> str:
        """What it is called in lists and mails; the whole address may hold a secret of the receiver."""
        return urlsplit(self.url).netloc

    @property
    def has_two_secrets(self) -> bool:
        return self.old_secret_until is not None and self.old_secret_until > timezone.now()

    @property
    def is_enabled(self) -> bool:
        return self.disabled_at is None


class WebhookMessage(models.Model):
    """An event as one webhook is told of it: every try sends this body under this event id.

    The outbox's Delivery of the same webhook and event says whether it is done, dead or waiting.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="messages")
    event_id = models.CharField(
        max_length=64, help_text="The same for every webhook that is told of the event."
    )
    type = models.CharField(max_length=32)
    body = models.TextField(help_text="JSON, byte for byte as it is signed and sent.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["webhook", "-created_at", "-id"], name="webhook_message_newest"),
            models.Index(fields=["created_at"], name="webhook_message_age"),
        ]
        constraints = [models.UniqueConstraint(fields=["webhook", "event_id"], name="webhook_message_once")]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class WebhookTry(models.Model):
    """One request with a message, and what came of it."""

    message = models.ForeignKey(WebhookMessage, models.CASCADE, related_name="tries")
    at = models.DateTimeField(db_default=Now(), editable=False)
    headers: Any = models.JSONField(help_text="Of the request. The signature is good for this message alone.")
    status = models.PositiveSmallIntegerField(null=True, help_text="Of the answer; none came if it is empty.")
    answer = models.TextField(blank=True, default="", help_text="The first bytes of its body.")
    problem = models.CharField(
        max_length=300, blank=True, default="", help_text="Empty: the message was taken."
    )
    seconds = models.FloatField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.message_id}: {self.status or self.problem}"

    @property
    def is_taken(self) -> bool:
        return not self.problem
