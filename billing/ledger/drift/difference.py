from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True)
class Drift:
    """One number that differs from what it must be.

    `reference` names the hold or the bucket, or is empty for a number of the account. `what` is one of:

    - a balance (`available`, `reserved`, `spent`, `expired`, `granted`, `debt`), compared with the entries
    - `reserved_by_holds`, `spent_by_holds`: a balance, compared with the holds
    - `available_in_buckets`: what is available, compared with what the buckets have left
    - `drawn`: what all expiries, take-backs and repayments took from buckets, compared with their entries
    - `debt_with_credits`: debt of an account that has credits to repay it with (0)
    - `period_jobs`, `period_credits`: compared with the holds of the period
    - `late_expiries`: buckets whose credits expire before the account's `next_expiry_at` (0)
    - of one hold: `hold_entries` (must be 1), `hold_amount`, `closings` (0 while it is open, then 1),
      `closing_amount` in entries of the kind for its state, `foreign_entries` of other accounts (0), `hold_drawn`
    - of one bucket: `left`, its amount less what was drawn and not released; `bucket_amount`, that of its entry;
      `foreign_draws` by entries of other accounts (0)
    """

    account_id: int
    reference: str
    what: str
    expected: int
    found: int


def differing(tables: str, source: str, checks: Mapping[str, tuple[str, str]]) -> Iterator[Drift]:
    """Runs one statement that compares both sides of each check.

    `tables`: the common table expressions. `source`: what is selected from; it has the columns `account_id`,
    `reference` and `place`, by which it is ordered. `checks`: what → the expected and the found value, in SQL.
    """
    columns = ", ".join(f"{due}, {found}" for due, found in checks.values())
    differs = " OR ".join(f"{due} <> {found}" for due, found in checks.values())
    statement = (
        f"WITH {tables} SELECT account_id, reference, {columns} FROM {source} WHERE {differs} ORDER BY place"  # noqa: S608  (our own text)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        for account_id, reference, *values in cursor.fetchall():
            for what, expected, found in zip(checks, values[::2], values[1::2], strict=True):
                if expected != found:
                    yield Drift(account_id, reference, what, int(expected), int(found))
