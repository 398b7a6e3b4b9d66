from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from billing.enums import EntryKind
from billing.ledger.buckets import enter_draws, take
from billing.ledger.credit_accounts import credit_account_id
from billing.ledger.incoming import lock_account, require_transaction
from billing.ledger.key_caps import count_for_key
from billing.ledger.refusals import Wanted, refusal_of
from billing.ledger.upkeep import bring_up_to_date
from billing.models import CreditAccount, Hold, LedgerEntry, Plan
from billing.signals import credits_held
from creator.lib.returning import update_returning


def hold_credits(
    *, owner_id: UUID, amounts: Mapping[str, int], label: str, key_id: UUID | None = None
) -> None:
    """Makes a hold for each reference → amount (0 if free): all of them or none.

    The credits that expire soonest are held first. `key_id`: of the API key that asks, whose cap counts too.

    Raises Refused, with figures in its facts: `payment_due` while the account is blocked or in debt, `quota_exceeded`
    by the jobs of the plan, `spend_cap`, `insufficient_credits`. Raises ValueError for a negative amount, and
    IntegrityError if a reference already has an open hold.
    """
    require_transaction()
    if any(amount < 0 for amount in amounts.values()):
        raise ValueError("A hold cannot be negative.")
    if not amounts:
        return
    wanted = Wanted(tuple(amounts.values()))
    reserve = partial(_reserve_by_key, key_id) if key_id else _reserve
    account_id, period_number = reserve(owner_id, wanted)
    parts = take(account_id, wanted.credits)
    made = {"account_id": account_id, "label": label, "period_number": period_number, "key_id": key_id}
    holds = Hold.objects.bulk_create(
        Hold(reference=reference, amount=amount, **made) for reference, amount in amounts.items()
    )
    entries = LedgerEntry.objects.bulk_create(
        LedgerEntry(account_id=account_id, kind=EntryKind.HOLD, amount=hold.amount, hold=hold)
        for hold in holds
    )
    enter_draws(entries, parts)
    credits_held.send(sender=hold_credits, account_id=account_id, price=max(wanted.amounts))


def require_credits(*, owner_id: UUID, amounts: Sequence[int]) -> None:
    """Holds nothing: raises Refused as `hold_credits` would for these amounts, because of the account."""
    require_transaction()
    now, wanted = timezone.now(), Wanted(tuple(amounts))
    if _allowing(owner_id, wanted, now).exists():
        return
    account = lock_account(credit_account_id(owner_id))
    bring_up_to_date(account, now)
    if not _allowing(owner_id, wanted, now).exists():
        raise refusal_of(account, wanted, now)


def _reserve(owner_id: UUID, wanted: Wanted) -> tuple[int, int]:
    """Moves the credits and returns the account's key and the number of its period.

    One guarded UPDATE decides. If it does not hit, the account may need what is due; the rest builds the refusal.
    """
    now = timezone.now()
    moved = _move_if_allowed(owner_id, wanted, now)
    if moved is None:
        # Under the lock, the refusal names the numbers that decided: credits may have been released since.
        account = lock_account(credit_account_id(owner_id))
        bring_up_to_date(account, now)
        moved = _move_if_allowed(owner_id, wanted, now)
        if moved is None:
            raise refusal_of(account, wanted, now)
    return moved


@transaction.atomic
def _reserve_by_key(key_id: UUID, owner_id: UUID, wanted: Wanted) -> tuple[int, int]:
    """The same within the key's cap: if that refuses, nothing was moved."""
    account_id, period_number = _reserve(owner_id, wanted)
    count_for_key(key_id, account_id, period_number, wanted)
    return account_id, period_number


def _move_if_allowed(owner_id: UUID, wanted: Wanted, now: datetime) -> tuple[int, int] | None:
    """The guarded UPDATE: each condition of a submit is in its WHERE, so of two at once the second sees the first."""
    return update_returning(
        _allowing(owner_id, wanted, now),
        *("id", "period_number"),
        available=F("available") - wanted.credits,
        reserved=F("reserved") + wanted.credits,
        period_jobs=F("period_jobs") + wanted.jobs,
        period_credits=F("period_credits") + wanted.credits,
    )


def _allowing(owner_id: UUID, wanted: Wanted, now: datetime) -> QuerySet[CreditAccount]:
    """The person's account, if it may hold the credits."""
    jobs_of_plan = Subquery(Plan.objects.filter(slug=OuterRef("plan_id")).values("jobs_per_period"))
    return CreditAccount.objects.filter(
        Q(next_expiry_at__isnull=True) | Q(next_expiry_at__gt=now),
        Q(blocked_from__isnull=True) | Q(blocked_from__gt=now),
        _within_cap(wanted),
        owner_id=owner_id,
        available__gte=wanted.credits,
        debt=0,
        period_ends_at__gt=now,
        period_jobs__lte=jobs_of_plan - wanted.jobs,
    )


def _within_cap(wanted: Wanted) -> Q:
    """What is free is within every cap, also one that was lowered below what is used."""
    if not wanted.credits:
        return Q()
    return Q(spend_cap__isnull=True) | Q(spend_cap__gte=F("period_credits") + wanted.credits)
