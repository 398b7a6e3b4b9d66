"""Finds what no webhook told: hourly the events that Stripe lists, nightly all customers who pay or are about to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import stripe
import structlog
from django.conf import settings
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from billing.enums import LIVE, UNFINISHED, HeardBy
from billing.models import Customer, StripeEvent, StripeRequest
from billing.payments.client import stripe_client
from billing.payments.events import read_event
from billing.payments.inbox import take_in
from creator.lib.clock import database_now
from creator.platform.one_by_one import one_by_one

log = structlog.get_logger(__name__)
LISTED = timedelta(days=30)
"""For so long Stripe lists events: https://docs.stripe.com/api/events/list."""
OVERLAP = timedelta(hours=2)
"""Each run lists this much again: of two events, the earlier one may have been lost and the later one not."""
OPEN_FOR = timedelta(days=30)
"""Requests of so long ago may have been paid unnoticed: webhooks and lists of events can fail for weeks."""
NIGHT = timedelta(hours=4)
PAGE = 100


def catch_up() -> int:
    """Takes in events that no webhook brought, and returns how many. Raises `stripe.StripeError`.

    The oldest first: if the run ends early, the next one goes on where it stopped. An event that cannot be read or
    stored is logged, and does not hold up the others: nightly all customers who pay are looked at.
    """
    client = stripe_client()
    if client is None:
        return 0
    events = _list_events(client, since=_newest() - OVERLAP)
    missed = one_by_one(reversed(events), _take_in, name="stripe_event_not_taken_in")
    if missed:
        log.warning("stripe_events_missed", missed=missed, listed=len(events))
    return missed


def want_all(*, over: timedelta = timedelta(0)) -> int:
    """Has all customers looked at who pay, or may have paid unnoticed. Returns how many they are.

    `over`: spread over so much time, so that looks for which a person waits come in between.
    """
    ids = list(paying().filter(wanted_at=None, token=None).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), PAGE):
        wait_s = over.total_seconds() * start / len(ids)
        still = Customer.objects.filter(pk__in=ids[start : start + PAGE], wanted_at=None, token=None)
        still.update(wanted_at=database_now(), due_at=database_now(wait_s))
    return len(ids)


def paying() -> QuerySet[Customer]:
    """Customers of this mode with a live subscription, or with a request whose end we have not seen."""
    since = timezone.now() - OPEN_FOR
    open_requests = StripeRequest.objects.filter(state__in=UNFINISHED, created_at__gt=since)
    return Customer.objects.filter(
        Q(subscriptions__status__in=LIVE) | Q(account__in=open_requests.values("account")),
        is_live=settings.CONFIG.stripe_is_live,
        deleted_at=None,
    ).distinct()


def _newest() -> datetime:
    """When the newest event that we know of was made; at first, as long ago as Stripe lists events."""
    ours = StripeEvent.objects.filter(is_live=settings.CONFIG.stripe_is_live)
    newest: datetime | None = ours.aggregate(newest=Max("created_at"))["newest"]
    return max(newest or datetime.min.replace(tzinfo=UTC), timezone.now() - LISTED)


def _list_events(client: stripe.StripeClient, *, since: datetime) -> list[stripe.Event]:
    """Newest first."""
    listed = client.v1.events.list({"created": {"gte": int(since.timestamp())}, "limit": PAGE})
    return list(listed.auto_paging_iter())


def _take_in(event: stripe.Event) -> bool:
    return take_in(read_event(event.to_dict()), HeardBy.CATCH_UP)
