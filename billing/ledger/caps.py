"""Sets what a person allows themselves and their API keys to spend in a period."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from accounts.models import ApiKey, User
from billing.enums import HoldState
from billing.ledger.credit_accounts import credit_account_of
from billing.ledger.incoming import lock_account
from billing.models import CreditAccount, Hold, KeyCap
from creator.platform.audit import write_audit_line

Cap = int | None
"""Credits in a period; None: no cap."""


@transaction.atomic
def set_caps(owner: User, own: Cap, keys: Mapping[UUID, Cap]) -> None:
    """Sets the caps of a person and of these keys of theirs. What was used in this period counts from now on."""
    account = lock_account(credit_account_of(owner.pk).pk)
    CreditAccount.objects.filter(pk=account.pk).update(spend_cap=own)
    mine = ApiKey.objects.filter(owner=owner, pk__in=keys).values_list("pk", flat=True)
    used = used_by_keys(account, list(mine))
    for key_id, spent in used.items():
        _set_key_cap(account, key_id, keys[key_id], spent)
    details = {"own": own, "keys": {str(key_id): keys[key_id] for key_id in used}}
    write_audit_line("caps_set", f"account:{account.pk}", details, actor_id=owner.pk)


def has_cap(key_id: UUID) -> bool:
    """Whether the key may spend only so much in a period."""
    return KeyCap.objects.filter(key_id=key_id).exists()


def used_by_keys(account: CreditAccount, key_ids: Collection[UUID]) -> dict[UUID, int]:
    """Credits that the jobs of each of these keys hold or spent in the account's present period. One query."""
    counted = Hold.objects.filter(key_id__in=key_ids, period_number=account.period_number)
    used = counted.exclude(state=HoldState.RELEASED).values_list("key_id").annotate(Sum("amount"))
    return dict.fromkeys(key_ids, 0) | dict(used)


def _set_key_cap(account: CreditAccount, key_id: UUID, cap: Cap, used: int) -> None:
    if cap is None:
        KeyCap.objects.filter(key_id=key_id).delete()
        return
    values = {"credits": cap, "period_number": account.period_number, "used": used}
    KeyCap.objects.update_or_create(key_id=key_id, defaults=values)
