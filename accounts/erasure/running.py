"""Erases accounts whose grace is over, app by app, the uppermost first.

Every step may be repeated, so a worker that dies halfway leaves no more than work for the next one. A failure is tried
again with back-off and shows in `manage.py erasures`.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import QuerySet

from accounts.erasure.access import end_access
from accounts.erasure.forgetting import forget_addresses, forget_person
from accounts.models import Erasure, User
from accounts.registry import Counts, parts
from creator.lib.clock import database_now
from creator.platform.background import Background, LeaseLost, finish
from creator.platform.lease import leased

log = structlog.get_logger(__name__)
LONGEST = timedelta(hours=6)


def erase_due() -> int:
    """Erases until no erasure is due, and returns how many tries that were."""
    tries = ERASURES.work_off()
    forget_addresses()
    return tries


def due_erasures() -> QuerySet[Erasure]:
    """Those whose grace is over, whose next try is due, or whose worker died."""
    return Erasure.objects.filter(erased_at=None, due_at__lte=database_now())


def _erase(erasure: Erasure) -> None:
    user = _begin(erasure)
    if user is None:
        return
    for part in reversed(parts()):
        for step in part.erase:
            _count(erasure, part.name, step(user))
    forget_person(erasure, user)
    log.info("account_erased", erasure=str(erasure.pk), **erasure.counts)


@transaction.atomic(durable=True)
def _begin(erasure: Erasure) -> User | None:
    """Closes the account: from here on nothing stops the erasure. None if the person signed in just before.

    None too if the user's row was deleted by other means.
    """
    if erasure.user_id is None:
        finish(erasure, begun_at=database_now(), erased_at=database_now())
    if not leased(erasure).update(begun_at=database_now()):
        return None
    user = User.objects.select_for_update(no_key=True).get(erasure=erasure)
    user.is_active = False
    user.save(update_fields=["is_active"])
    end_access(user)
    return user


def _count(erasure: Erasure, part: str, counts: Counts) -> None:
    """Adds what a step has erased to what earlier tries have."""
    total = Counter(erasure.counts) + Counter({f"{part}_{what}": number for what, number in counts.items()})
    erasure.counts = dict(total)
    if not leased(erasure).update(counts=erasure.counts):
        raise LeaseLost


ERASURES = Background("erasure", due_erasures, _erase, at_most=LONGEST)
