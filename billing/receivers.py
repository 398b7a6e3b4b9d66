"""Answers what accounts ask: a plan without API keys neither makes nor uses them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.dispatch import receiver

from accounts.signals import keys_asked
from billing.enums import Feature
from billing.plans import missing_feature
from creator.lib.errors import Refused


@receiver(keys_asked)
def refuse_keys(owner_ids: Collection[UUID], **_: Any) -> dict[UUID, Refused]:
    """The refusal for each of these people whose plan has no API keys."""
    return missing_feature(owner_ids, Feature.API_KEYS)
