"""Answers what accounts ask about API keys, tells Stripe of changed addresses, and warns of periods that are used up."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from accounts.models import User
from accounts.signals import keys_asked, maker_asked
from billing.enums import Feature
from billing.ledger import has_cap
from billing.models import Customer
from billing.notifications.quota import warn_of_quota
from billing.payments.bell import want_look
from billing.plans import missing_feature
from billing.signals import credits_held
from creator.lib.errors import Refused


@receiver(keys_asked)
def refuse_keys(owner_ids: Collection[UUID], **_: Any) -> dict[UUID, Refused]:
    """The refusal for each of these people whose plan has no API keys."""
    return missing_feature(owner_ids, Feature.API_KEYS)


@receiver(maker_asked)
def refuse_capped_maker(key_id: UUID, **_: Any) -> Refused | None:
    """A key with a cap makes no keys: a new key has no cap, and a program would use it to pass its own."""
    if not has_cap(key_id):
        return None
    return Refused(
        "not_allowed",
        "This key has a spend cap, so it makes no other keys: they would have no cap. Make them on the page of keys.",
    )


@receiver(credits_held)
def warn_of_what_is_left(account_id: int, price: int, **_: Any) -> None:
    warn_of_quota(account_id, price)


@receiver(post_save, sender=User)
def follow_address(instance: User, update_fields: Collection[str] | None, **_: Any) -> None:
    """A look tells Stripe the new address (`billing.payments.look`).

    It is asked for after the commit: a change of address locks the person's row, and a look locks the customer before
    it writes notifications of that person. Should the process end in between, a later look finds the difference.
    """
    if update_fields and "email" in update_fields:
        customers = Customer.objects.filter(account__owner=instance, deleted_at=None)
        transaction.on_commit(lambda: want_look(customers), robust=True)
