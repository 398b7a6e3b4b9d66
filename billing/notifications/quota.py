"""Warns people while a period is being used up: at 80 %, at five pictures left and at none."""

from __future__ import annotations

from dataclasses import asdict

from accounts.notifications import notify
from billing.enums import QuotaLevel
from billing.ledger import note_warning
from billing.models import CreditAccount
from billing.notifications.kinds import QUOTA_0, QUOTA_5, QUOTA_80
from billing.queries import notice_of, quota_of
from billing.signals import credits_low

_KINDS = {
    QuotaLevel.MOSTLY_USED: QUOTA_80,
    QuotaLevel.FEW_LEFT: QUOTA_5,
    QuotaLevel.NONE_LEFT: QUOTA_0,
}


def warn_of_quota(account_id: int, price: int) -> None:
    """Tells the owner, in the transaction of a hold, how little of the period it left. `price`: credits of each job.

    Each level is told once a period. What reaches two at once is told as the further one, and the nearer one not at
    all: a person who reads that none is left need not read that five were. Usually one query.
    """
    account = CreditAccount.objects.select_related("plan", "owner").get(pk=account_id)
    quota = quota_of(account, price)
    if quota.level <= account.warned or not note_warning(account_id, quota.level):
        return
    event_id = f"{account_id}:{account.period_number}"
    notice = notice_of(account, quota)
    notify(_KINDS[quota.level], account.owner, event_id=event_id, facts=asdict(notice))
    if account.owner_id:
        credits_low.send(
            sender=CreditAccount,
            owner_id=account.owner_id,
            event_id=f"{event_id}:{quota.level.value}",
            level=quota.level,
            notice=notice,
        )
