"""Writes what webhooks are to be told, in the transaction of what happened."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder

from creator.lib.clock import database_now
from creator.platform.models import Delivery
from creator.platform.outbox import add_deliveries
from jobs.models import Webhook, WebhookMessage
from jobs.webhooks.endpoints import KIND

STEP_S = 1e-6
VERSION = 1
"""Of the body's form: a body of the next version may lack what this one has."""


@dataclass(frozen=True)
class Event:
    """`event_id` names it for all receivers and tries; `id` is its place in the owner's feed, None outside of it."""

    event_id: str
    type: str
    timestamp: datetime
    data: Mapping[str, Any]
    id: int | None = None

    @property
    def body(self) -> str:
        """The three fields of Standard Webhooks ("Payload structure"), and two of ours."""
        fields = {
            "type": self.type,
            "timestamp": self.timestamp,
            "id": self.id,
            "version": VERSION,
            "data": self.data,
        }
        return json.dumps(fields, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":"))


def tell(owner_id: UUID, events: Sequence[Event]) -> None:
    """Adds a message and a delivery for each webhook of the person that wants the event. Three statements at most.

    Of repeated calls with one event id, one counts. The rows of the webhooks stay locked, so that none is deleted while
    its messages are written.
    """
    enabled = Webhook.objects.filter(owner_id=owner_id, disabled_at=None).order_by("pk")
    webhooks = list(enabled.select_for_update(no_key=True).only("events"))
    send([(webhook, event) for event in events for webhook in webhooks if event.type in webhook.events])


def send(pairs: Sequence[tuple[Webhook, Event]]) -> None:
    """Adds a message and a delivery for each pair, in this order."""
    if not pairs:
        return
    WebhookMessage.objects.bulk_create(
        [_message(webhook, event, place) for place, (webhook, event) in enumerate(pairs)],
        ignore_conflicts=True,
    )
    add_deliveries([delivery_of(webhook.pk, event.event_id) for webhook, event in pairs])


def _message(webhook: Webhook, event: Event, place: int) -> WebhookMessage:
    """Those that are written together keep their order in lists."""
    return WebhookMessage(
        webhook=webhook,
        event_id=event.event_id,
        type=event.type,
        body=event.body,
        created_at=database_now(place * STEP_S),
    )


def delivery_of(webhook_id: UUID, event_id: str) -> Delivery:
    """A new row of the outbox."""
    return Delivery(kind=KIND, destination=str(webhook_id), event_id=event_id)
