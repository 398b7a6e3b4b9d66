"""A person's webhooks: added, changed, disabled and deleted, within bounds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.audit import record
from accounts.enums import SecurityEvent
from accounts.models import User
from billing.enums import Feature
from billing.plans import missing_feature, require_feature
from creator.lib.clock import database_now
from creator.lib.errors import Refused
from creator.lib.outside import Forbidden, read_address
from creator.lib.outside.networks import is_public
from creator.platform.outbox import forget_destination, give_up
from jobs.enums import EventType, WebhookEnd
from jobs.lifecycle import lock_queue, set_webhook_events
from jobs.models import Webhook
from jobs.webhooks.secrets import SECRETS
from jobs.webhooks.signing import new_secret

KIND = "webhook"
"""The kind of delivery. The destination is the webhook's id."""
MOST = 10
CHOICES = tuple(each for each in EventType if each is not EventType.TEST)
DESCRIPTION_LENGTH = 100


def webhooks_of(owner: User) -> QuerySet[Webhook]:
    """The person's webhooks, oldest first."""
    return Webhook.objects.filter(owner=owner).order_by("created_at")


def get_webhook(owner: User, webhook_id: UUID) -> Webhook:
    """This person's webhook. Raises Refused("not_found") for a missing one and for another person's."""
    found = Webhook.objects.filter(owner=owner, pk=webhook_id).first()
    if found is None:
        raise Refused("not_found", "There is no such webhook.")
    return found


@transaction.atomic
def add_webhook(
    *, owner: User, url: str, events: Collection[str], description: str = "", address: str = ""
) -> tuple[Webhook, str]:
    """Returns the row and its secret. `address` is the IP address of the client that asked.

    Raises Refused: `invalid_parameters` with a sentence for each field, `plan_required`, `quota_exceeded` beyond MOST.
    """
    values = _checked({"url": url, "events": events, "description": description})
    require_feature(owner.pk, Feature.WEBHOOKS)
    lock_queue(owner)  # of two that are added at once, the second is counted after the first
    if webhooks_of(owner).count() >= MOST:
        raise Refused(
            "quota_exceeded",
            f"You have {MOST} webhooks, and that is the most. Delete one that you no longer need.",
        )
    secret = new_secret()
    webhook = Webhook.objects.create(owner=owner, secret=SECRETS.encrypt(secret), **values)
    record(SecurityEvent.WEBHOOK_ADDED, owner, address=address, webhook=str(webhook.pk))
    _publish(owner)
    webhook.refresh_from_db()
    return webhook, secret


@transaction.atomic
def change_webhook(webhook: Webhook, changes: Mapping[str, Any], *, address: str = "") -> Webhook:
    """Writes `url`, `events`, `description` and `is_enabled`, as far as they are given; returns the changed row.

    What waited for a webhook that is disabled is given up. Enabling one takes back why it was disabled. Raises Refused as
    `add_webhook` does.
    """
    owner, changes = webhook.owner, dict(changes)
    enable = changes.pop("is_enabled", None)
    values = _checked(changes)
    if values or enable:
        require_feature(owner.pk, Feature.WEBHOOKS)
    lock_queue(owner)
    if enable is not None and enable is not webhook.is_enabled:
        values |= _enabled() if enable else _disabled(WebhookEnd.PERSON)
    if values:
        Webhook.objects.filter(pk=webhook.pk).update(**values)
        record(
            SecurityEvent.WEBHOOK_CHANGED,
            owner,
            address=address,
            webhook=str(webhook.pk),
            fields=sorted(values),
        )
    if enable is False:
        _give_up(webhook)
    _publish(owner)
    return get_webhook(owner, webhook.pk)


@transaction.atomic
def delete_webhook(webhook: Webhook, *, address: str = "") -> None:
    """Deletes the webhook with all its messages, sent or waiting."""
    owner = webhook.owner
    lock_queue(owner)
    if Webhook.objects.select_for_update().filter(pk=webhook.pk).first() is None:
        return
    forget_destination(KIND, str(webhook.pk))
    Webhook.objects.filter(pk=webhook.pk).delete()
    record(SecurityEvent.WEBHOOK_DELETED, owner, address=address, webhook=str(webhook.pk))
    _publish(owner)


def disable(webhook: Webhook, why: WebhookEnd) -> bool:
    """Disables it for its owner, within a transaction, and gives up what waits. False: it was disabled before."""
    lock_queue(webhook.owner)
    if not Webhook.objects.filter(pk=webhook.pk, disabled_at=None).update(**_disabled(why)):
        return False
    _give_up(webhook)
    _publish(webhook.owner)
    return True


def publish_wanted(owner_id: UUID) -> None:
    """Writes anew which events the person's webhooks want, after a change of the plan: without the feature, none."""
    owner = User.objects.filter(pk=owner_id, webhooks__isnull=False).first()
    if owner:
        with transaction.atomic():
            lock_queue(owner)
            _publish(owner)


def publish_wanted_of_plan(slug: str) -> None:
    """The same for all who have the plan."""
    owners = Webhook.objects.filter(owner__credit_account__plan=slug).values_list("owner_id", flat=True)
    for owner_id in owners.distinct():
        publish_wanted(owner_id)


def _publish(owner: User) -> None:
    """Call it under the lock of the owner's queue, which every event of the owner's jobs takes too."""
    wanted: set[str] = set()
    for events in webhooks_of(owner).filter(disabled_at=None).values_list("events", flat=True):
        wanted.update(events)
    if missing_feature([owner.pk], Feature.WEBHOOKS):
        wanted = set()
    set_webhook_events(owner.pk, wanted)


def _enabled() -> dict[str, Any]:
    return {"disabled_at": None, "disabled_for": "", "failing_since": None}


def _disabled(why: WebhookEnd) -> dict[str, Any]:
    return {"disabled_at": database_now(), "disabled_for": why}


def _give_up(webhook: Webhook) -> None:
    give_up(KIND, str(webhook.pk), "the webhook is disabled")


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """The values as rows hold them. Raises Refused `invalid_parameters`."""
    values, problems = dict(given), {}
    for name, check in (("url", _check_url), ("events", _check_events), ("description", _check_description)):
        if name in values:
            try:
                values[name] = check(values[name])
            except ValueError as problem:
                problems[name] = str(problem)
    if problems:
        raise Refused("invalid_parameters", "Some fields need another look.", problems)
    return values


def _check_url(url: str) -> str:
    try:
        address = read_address(url)
    except Forbidden as forbidden:
        raise ValueError(str(forbidden)) from forbidden
    if address.is_allowed_anyway:
        return str(address)
    if address.scheme != "https":
        raise ValueError("Send an address that begins with https://: messages tell of your work.")
    if address.ip and not is_public(address.ip):
        raise ValueError("This is no address of the public internet.")
    return str(address)


def _check_events(events: Collection[str]) -> list[str]:
    if not events:
        raise ValueError("Choose at least one event.")
    if unknown := sorted(set(events) - set(CHOICES)):
        raise ValueError(f"There is no event {', '.join(unknown)}. Choose from: {', '.join(CHOICES)}.")
    return [each.value for each in CHOICES if each in events]


def _check_description(text: str) -> str:
    text = text.strip()
    if len(text) > DESCRIPTION_LENGTH:
        raise ValueError(
            f"A description has at most {DESCRIPTION_LENGTH} characters; this one has {len(text)}."
        )
    if not text.isprintable():
        raise ValueError("Write the description on one line, without control characters.")
    return text
