from __future__ import annotations

from billing.enums import QuotaLevel
from billing.models import CreditAccount


def note_warning(account_id: int, level: QuotaLevel) -> bool:
    """Notes that the owner is warned of this level. False if they were warned of it, or of a further one, in the period."""
    return CreditAccount.objects.filter(pk=account_id, warned__lt=level).update(warned=level) == 1
