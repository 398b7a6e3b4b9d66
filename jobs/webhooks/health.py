"""What a webhook's answers say about it: it works, it fails, or it is gone."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.audit import record
from accounts.enums import SecurityEvent
from accounts.notifications import notify
from creator.lib.clock import database_now
from jobs.enums import WebhookEnd
from jobs.models import Webhook
from jobs.webhooks.endpoints import disable
from jobs.webhooks.notices import WEBHOOK_DISABLED

FAILS_FOR = timedelta(days=7)
"""A webhook that took no message for so long, though it was sent some, is disabled."""


def note_success(webhook: Webhook) -> None:
    """Writes only if it failed before."""
    if webhook.failing_since is not None:
        Webhook.objects.filter(pk=webhook.pk).update(failing_since=None)


def note_failure(webhook: Webhook) -> None:
    """The first failure since the last success begins the week; one after the week disables the webhook."""
    if webhook.failing_since is None:
        Webhook.objects.filter(pk=webhook.pk).update(failing_since=Coalesce("failing_since", database_now()))
    elif timezone.now() - webhook.failing_since > FAILS_FOR:
        disable_for(webhook, WebhookEnd.FAILING)


@transaction.atomic
def disable_for(webhook: Webhook, why: WebhookEnd) -> None:
    """Disables it, once, with an audit line and a notification of its owner."""
    if not disable(webhook, why):
        return
    line = record(SecurityEvent.WEBHOOK_DISABLED, webhook.owner, webhook=str(webhook.pk), why=why.value)
    facts = {"webhook_id": webhook.pk, "host": webhook.host, "why": why.value}
    notify(WEBHOOK_DISABLED, webhook.owner, event_id=f"{webhook.pk}:{line.pk}"[:60], facts=facts)
