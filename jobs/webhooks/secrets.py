"""The secrets that messages are signed with: stored encrypted, and two for a day while a person changes them."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from accounts.audit import record
from accounts.encryption import Encryption, Unreadable
from accounts.enums import SecurityEvent
from creator.lib.clock import database_now
from jobs.models import Webhook
from jobs.webhooks.signing import new_secret

SECRETS = Encryption("webhooks")
BOTH_FOR = timedelta(days=1)
"""How long messages are signed with the old secret too after a change: receivers learn the new one meanwhile."""


def present_secret(webhook: Webhook) -> str:
    """The newest secret, for its owner. Raises Unreadable."""
    return SECRETS.decrypt(webhook.secret)


def signing_secrets(webhook: Webhook) -> list[str]:
    """The secrets to sign with now, newest first. Raises Unreadable if the newest is; an older one is left out then."""
    secrets = [present_secret(webhook)]
    if webhook.has_two_secrets:
        with suppress(Unreadable):
            secrets.append(SECRETS.decrypt(webhook.old_secret))
    return secrets


@transaction.atomic
def rotate_secret(webhook: Webhook, *, address: str = "") -> str:
    """Makes a new secret and returns it. The present one is good for BOTH_FOR more; an older one ends at once."""
    row, secret = Webhook.objects.select_for_update().get(pk=webhook.pk), new_secret()
    row.old_secret, row.secret = row.secret, SECRETS.encrypt(secret)
    Webhook.objects.filter(pk=row.pk).update(
        secret=row.secret, old_secret=row.old_secret, old_secret_until=database_now(BOTH_FOR.total_seconds())
    )
    record(SecurityEvent.WEBHOOK_SECRET_CHANGED, row.owner, address=address, webhook=str(row.pk))
    webhook.refresh_from_db()
    return secret


def renew_secrets() -> tuple[int, int]:
    """Encrypts all secrets with the present SECRET_KEY. Returns how many, and how many could not be read."""
    results = [_renew(pk) for pk in Webhook.objects.values_list("pk", flat=True)]
    return results.count(True), results.count(False)


@transaction.atomic
def _renew(pk: UUID) -> bool | None:
    """None if the webhook was deleted meanwhile."""
    row = Webhook.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        return None
    try:
        row.secret = SECRETS.renew(row.secret)
        row.old_secret = SECRETS.renew(row.old_secret) if row.old_secret else ""
    except Unreadable:
        return False
    row.save(update_fields=["secret", "old_secret"])
    return True
