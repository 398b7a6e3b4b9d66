"""Several events in one mail: each digested notification has a delivery of its own, so that none is forgotten. The
first of them that is due tells of all that no mail has told of yet; the others then find nothing left to tell."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from accounts.models import Notification, User
from creator.platform.models import Delivery


def take_untold(delivery: Delivery, user: User, kinds: Collection[str]) -> list[Notification]:
    """The notifications of these kinds that this delivery's mail tells of, oldest first.

    A repeated call returns the same ones, because a repeat of a mail has the same Message-ID.
    """
    taken = Notification.objects.filter(told_by=delivery.pk).order_by("pk")
    if not taken.exists():
        _take(delivery, user, kinds)
    return list(taken.all())


@transaction.atomic(durable=True)
def _take(delivery: Delivery, user: User, kinds: Collection[str]) -> None:
    # The lock makes another worker wait that handles the person's next delivery; then it finds none of these.
    untold = Notification.objects.filter(user=user, kind__in=kinds, told_by__isnull=True)
    keys = list(untold.select_for_update().order_by("pk").values_list("pk", flat=True))
    Notification.objects.filter(pk__in=keys).update(told_by=delivery.pk)
