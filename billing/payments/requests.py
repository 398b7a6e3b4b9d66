"""What we ask of Stripe for an account, as rows: Stripe does each once, however often a person clicks.

The row is committed before Stripe is asked, and its key goes with what is sent. A click that got no answer is repeated
under the same key: https://docs.stripe.com/api/idempotent_requests. Under a key Stripe repeats its first answer for 24
hours, an error of its own too, although it may have done the work. So after such an answer we look whether it was done,
and ask under another key if not.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import TypeVar

import stripe
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from billing.enums import UNFINISHED, RequestKind, RequestState
from billing.models import CreditAccount, CreditPack, Plan, StripeRequest
from billing.payments.client import time_left

T = TypeVar("T")
LIFETIME = timedelta(hours=23)
"""Stripe forgets a key after 24 hours."""
IN_USE = 409
"""Status of an answer while the first request under the key is being worked on."""
NOT_BEGUN = frozenset({401, 403, IN_USE, 429})
"""Statuses of answers that Stripe does not keep."""
IN_USE_WAIT_S = 0.25
TRIES_TO_BEGIN = 5
CHANGES = (RequestKind.CHANGE_PLAN, RequestKind.CANCEL, RequestKind.RESUME)
"""Requests about a running subscription."""


def begin(
    kind: RequestKind, account: CreditAccount, *, plan: Plan | None = None, pack: CreditPack | None = None
) -> StripeRequest:
    """The unfinished request for the same, or else a new one, committed.

    There is one unfinished request of a kind, and for top-ups one a pack. One for another plan is given up, and so is
    one whose key Stripe may have forgotten. A change of a subscription gives up the other changes of it: Stripe may
    have made them, and this one may undo them. Asked again under their keys, Stripe would only repeat its answers.
    """
    for _ in range(TRIES_TO_BEGIN - 1):
        # A click at the same time may refuse this one its row, and end before its own row is read.
        with suppress(IntegrityError):
            return _begin(kind, account, plan, pack)
    return _begin(kind, account, plan, pack)


@transaction.atomic(durable=True)
def _begin(
    kind: RequestKind, account: CreditAccount, plan: Plan | None, pack: CreditPack | None
) -> StripeRequest:
    account_here = {"account": account, "is_live": settings.CONFIG.stripe_is_live}
    if kind in CHANGES:
        changes = StripeRequest.objects.filter(state__in=UNFINISHED, kind__in=CHANGES, **account_here)
        changes.exclude(kind=kind).update(state=RequestState.FAILED)
    same = {"kind": kind, "pack": pack, **account_here}
    unfinished = StripeRequest.objects.filter(state__in=UNFINISHED, **same)
    unfinished.filter(created_at__lt=timezone.now() - LIFETIME).update(state=RequestState.FAILED)
    if kind != RequestKind.SUBSCRIBE:
        unfinished.exclude(plan=plan).update(state=RequestState.FAILED)
    request, _ = StripeRequest.objects.get_or_create(
        **same, state__in=UNFINISHED, defaults={"plan": plan, "created_at": timezone.now()}
    )
    return request


def end(request: StripeRequest, state: RequestState = RequestState.DONE) -> None:
    """Ends the request, unless it has ended."""
    unfinished = StripeRequest.objects.filter(pk=request.pk, state__in=UNFINISHED)
    unfinished.update(state=state, done_at=timezone.now() if state == RequestState.DONE else None)


def note_object(request: StripeRequest, object_id: str) -> bool:
    """Records what Stripe made for the request. False if the request was given up meanwhile."""
    unfinished = StripeRequest.objects.filter(pk=request.pk, state__in=UNFINISHED)
    return bool(unfinished.update(state=RequestState.SENT, object_id=object_id))


def send(request: StripeRequest, post: Callable[[stripe.RequestOptions], T], *, step: str = "") -> T:
    """Sends what the request asks for; `step` names a call of several. Raises `stripe.StripeError`.

    Two clicks at once send the same: the second waits until Stripe has answered the first, and gets that answer.
    """
    while True:
        try:
            return post({"idempotency_key": _key(request, step)})
        except stripe.StripeError as error:
            if error.http_status == IN_USE and time_left() > 2 * IN_USE_WAIT_S:
                time.sleep(IN_USE_WAIT_S)
                continue
            _note_error(request, error)
            raise


def make_once(
    request: StripeRequest, *, post: Callable[[stripe.RequestOptions], T], find: Callable[[], T | None]
) -> T:
    """The object that Stripe makes for the request. `find` looks for it where an earlier answer was an error."""
    made = find() if request.errors else None
    try:
        return made or send(request, post)
    except stripe.IdempotencyError:  # a price or an address was edited since the first click
        request.refresh_from_db(fields=["errors"])
        return find() or send(request, post)


def _key(request: StripeRequest, step: str) -> str:
    return f"{request.pk}:{request.errors}{step}"


def _note_error(request: StripeRequest, error: stripe.StripeError) -> None:
    """Decides under which key the next try asks: the same, the next one, or, nothing having been made, a new row's."""
    status = error.http_status
    if status is None or status in NOT_BEGUN or isinstance(error, stripe.RateLimitError):
        return
    if status >= 500 or isinstance(error, stripe.IdempotencyError):
        of_this_key = StripeRequest.objects.filter(pk=request.pk, errors=request.errors)
        of_this_key.update(errors=F("errors") + 1)
    else:
        end(request, RequestState.FAILED)
