"""The numbers of accounts, compared with entries, holds and buckets."""

from __future__ import annotations

from collections.abc import Iterator

from billing.ledger.drift.difference import Drift, differing

# Sums each table once and then compares. With annotations on accounts, the database computed the sums of
# holds again for each entry: 600,000 entries exceeded the statement timeout.
_TABLES = """
moved AS (
  SELECT account_id,
    SUM(CASE WHEN kind IN ('grant', 'adjust') THEN amount ELSE 0 END) AS came,
    SUM(CASE WHEN kind = 'hold' THEN amount ELSE 0 END) AS held,
    SUM(CASE WHEN kind = 'settle' THEN amount ELSE 0 END) AS settled,
    SUM(CASE WHEN kind = 'release' THEN amount ELSE 0 END) AS released,
    SUM(CASE WHEN kind = 'expire' THEN amount ELSE 0 END) AS expired,
    SUM(CASE WHEN kind = 'debt' THEN amount ELSE 0 END) AS owed,
    SUM(CASE WHEN kind = 'repay' THEN amount ELSE 0 END) AS repaid,
    SUM(CASE WHEN kind IN ('take_back', 'repay') THEN amount ELSE 0 END) AS went
  FROM billing_ledgerentry GROUP BY account_id),
put_aside AS (
  SELECT h.account_id,
    SUM(CASE WHEN h.state = 'open' THEN h.amount ELSE 0 END) AS reserved,
    SUM(CASE WHEN h.state = 'settled' THEN h.amount ELSE 0 END) AS spent,
    SUM(CASE WHEN h.state <> 'released' AND h.period_number = a.period_number THEN 1 ELSE 0 END) AS jobs,
    SUM(CASE WHEN h.state <> 'released' AND h.period_number = a.period_number THEN h.amount ELSE 0 END) AS credits
  FROM billing_hold h JOIN billing_creditaccount a ON a.id = h.account_id GROUP BY h.account_id),
kept AS (
  SELECT b.account_id, SUM(b."left") AS available,
    SUM(CASE WHEN b."left" > 0 AND b.expires_at < COALESCE(a.next_expiry_at, b.extended_until) THEN 1 ELSE 0 END)
      AS late_expiries
  FROM billing_creditbucket b JOIN billing_creditaccount a ON a.id = b.account_id GROUP BY b.account_id),
drawn AS (
  SELECT e.account_id, SUM(d.amount) AS amount FROM billing_draw d JOIN billing_ledgerentry e ON e.id = d.entry_id
  WHERE e.kind IN ('expire', 'take_back', 'repay') GROUP BY e.account_id),
due AS (
  SELECT a.id AS account_id, '' AS reference, a.id AS place, a.*,
    COALESCE(m.came - m.held + m.released - m.expired - m.went, 0) AS due_available,
    COALESCE(m.held - m.settled - m.released, 0) AS due_reserved,
    COALESCE(m.settled, 0) AS due_spent, COALESCE(m.expired, 0) AS due_expired,
    COALESCE(m.came - m.went, 0) AS due_granted, COALESCE(m.owed - m.repaid, 0) AS due_debt,
    COALESCE(p.reserved, 0) AS reserved_by_holds, COALESCE(p.spent, 0) AS spent_by_holds,
    CASE WHEN a.period_number > 0 THEN COALESCE(p.jobs, 0) ELSE 0 END AS jobs,
    CASE WHEN a.period_number > 0 THEN COALESCE(p.credits, 0) ELSE 0 END AS credits,
    COALESCE(k.available, 0) AS in_buckets, COALESCE(k.late_expiries, 0) AS late_expiries,
    COALESCE(m.expired + m.went, 0) AS due_drawn, COALESCE(d.amount, 0) AS drawn,
    CASE WHEN a.available > 0 THEN a.debt ELSE 0 END AS debt_with_credits
  FROM billing_creditaccount a
    LEFT JOIN moved m ON m.account_id = a.id LEFT JOIN put_aside p ON p.account_id = a.id
    LEFT JOIN kept k ON k.account_id = a.id LEFT JOIN drawn d ON d.account_id = a.id)
"""
_BALANCES = ("available", "reserved", "spent", "expired", "granted", "debt")
_CHECKS = {name: (f"due_{name}", name) for name in _BALANCES} | {
    "reserved_by_holds": ("reserved_by_holds", "reserved"),
    "spent_by_holds": ("spent_by_holds", "spent"),
    "available_in_buckets": ("in_buckets", "available"),
    "drawn": ("due_drawn", "drawn"),
    "debt_with_credits": ("0", "debt_with_credits"),
    "period_jobs": ("jobs", "period_jobs"),
    "period_credits": ("credits", "period_credits"),
    "late_expiries": ("0", "late_expiries"),
}


def drift_of_accounts() -> Iterator[Drift]:
    return differing(_TABLES, "due", _CHECKS)
