"""What was and will be sent to a webhook: listed with its last tries, sent again, and a test."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from billing.enums import Feature
from billing.plans import require_feature
from creator.lib.clock import database_now
from creator.lib.errors import Refused
from creator.lib.formatting import count
from creator.platform.models import Delivery
from creator.platform.outbox import deliveries_to, send_again
from jobs.enums import EventType
from jobs.models import Webhook, WebhookMessage, WebhookTry
from jobs.webhooks.endpoints import KIND
from jobs.webhooks.events import Event, delivery_of, send

PAGE = 30
RETAINED = timedelta(days=30)
"""Messages are deleted so long after their event."""
TESTS_AN_HOUR = 60
"""To one webhook: each is a row for 30 days, and up to 80 requests to a machine that may be a stranger's."""
KEPT_TRIES = 20
"""Of one message. A receiver that fails is tried 80 times in three days, and people may have it tried for ever."""


class State(StrEnum):
    """What became of a message."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True)
class Sent:
    """A message with its tries, oldest first. `next_try_at`: only while it waits."""

    message: WebhookMessage
    state: State
    next_try_at: datetime | None
    tries: Sequence[WebhookTry]

    @property
    def last_try(self) -> WebhookTry | None:
        return self.tries[-1] if self.tries else None


def messages_of(webhook: Webhook) -> QuerySet[WebhookMessage]:
    """The webhook's messages, newest first."""
    return WebhookMessage.objects.filter(webhook=webhook).order_by("-created_at", "-id")


def get_message(webhook: Webhook, message_id: UUID) -> WebhookMessage:
    """Raises Refused("not_found")."""
    found = WebhookMessage.objects.filter(webhook=webhook, pk=message_id).first()
    if found is None:
        raise Refused("not_found", "There is no such delivery. They are deleted after 30 days.")
    return found


def with_states(webhook: Webhook, messages: Sequence[WebhookMessage]) -> list[Sent]:
    """Each message with what became of it. Two queries."""
    deliveries = deliveries_to(KIND, str(webhook.pk), [each.event_id for each in messages])
    tries: dict[UUID, list[WebhookTry]] = {each.pk: [] for each in messages}
    for each in WebhookTry.objects.filter(message__in=tries):
        tries[each.message_id].append(each)
    return [_sent(each, deliveries.get(each.event_id), tries[each.pk]) for each in messages]


def _sent(message: WebhookMessage, delivery: Delivery | None, tries: Sequence[WebhookTry]) -> Sent:
    if delivery is None:
        is_done = bool(tries) and tries[-1].is_taken
        return Sent(message, State.DELIVERED if is_done else State.FAILED, None, tries)
    if delivery.done_at:
        return Sent(message, State.DELIVERED, None, tries)
    if delivery.dead_at:
        return Sent(message, State.FAILED, None, tries)
    return Sent(message, State.WAITING, delivery.due_at, tries)


@transaction.atomic
def redeliver(webhook: Webhook, message: WebhookMessage) -> None:
    """Sends the message again now, under the same event id. Raises Refused as `ping` does."""
    _require_usable(webhook)
    forget_old_tries(message)
    send_again(delivery_of(webhook.pk, message.event_id))


@transaction.atomic
def ping(webhook: Webhook) -> WebhookMessage:
    """Sends an event `test`, whatever events the webhook wants.

    Raises Refused `webhook_disabled`, `plan_required`, `rate_limited` beyond TESTS_AN_HOUR, and `not_found` if it was
    deleted meanwhile.
    """
    _require_usable(webhook)
    tests = messages_of(webhook).filter(type=EventType.TEST, created_at__gt=database_now(-3600))
    if tests.count() >= TESTS_AN_HOUR:
        sent = count(TESTS_AN_HOUR, "test")
        raise Refused("rate_limited", f"This webhook was sent {sent} within an hour, and that is the most.")
    event = Event(f"evt_{uuid.uuid4().hex}", EventType.TEST, timezone.now(), {"webhook_id": str(webhook.pk)})
    send([(webhook, event)])
    return WebhookMessage.objects.get(webhook=webhook, event_id=event.event_id)


def _require_usable(webhook: Webhook) -> None:
    """Locks the row, so that the webhook is not deleted while a message is added."""
    require_feature(webhook.owner_id, Feature.WEBHOOKS)
    present = Webhook.objects.select_for_update(no_key=True).filter(pk=webhook.pk).first()
    if present is None:
        raise Refused("not_found", "There is no such webhook.")
    if not present.is_enabled:
        raise Refused("webhook_disabled", "This webhook is disabled. Enable it first.")


def forget_old_tries(message: WebhookMessage) -> None:
    """Keeps the newest KEPT_TRIES. Call it wherever one more follows an earlier one."""
    older = message.tries.order_by("-pk").values("pk")[KEPT_TRIES:]
    WebhookTry.objects.filter(pk__in=older).delete()


def old_messages() -> QuerySet[WebhookMessage]:
    """Messages to delete."""
    return WebhookMessage.objects.filter(created_at__lt=database_now(-RETAINED.total_seconds()))


def old_deliveries() -> QuerySet[Delivery]:
    """Deliveries that were given up and whose messages are deleted; the outbox deletes the others."""
    return Delivery.objects.filter(kind=KIND, dead_at__lt=database_now(-RETAINED.total_seconds()))
