"""Buckets, compared with what came in and what was drawn."""

from __future__ import annotations

from collections.abc import Iterator

from billing.ledger.drift.difference import Drift, differing

_TABLES = """
drawn AS (
  SELECT d.bucket_id, SUM(CASE WHEN h.state = 'released' THEN 0 ELSE d.amount END) AS amount,
    SUM(CASE WHEN e.account_id <> b.account_id THEN 1 ELSE 0 END) AS foreign_draws
  FROM billing_draw d JOIN billing_ledgerentry e ON e.id = d.entry_id
    JOIN billing_creditbucket b ON b.id = d.bucket_id LEFT JOIN billing_hold h ON h.id = e.hold_id
  GROUP BY d.bucket_id),
due AS (
  SELECT b.account_id, 'bucket ' || b.id AS reference, b.id AS place, b.amount, b."left" AS kept,
    COALESCE(e.amount, b.amount) AS came, b.amount - COALESCE(d.amount, 0) AS due_left,
    COALESCE(d.foreign_draws, 0) AS foreign_draws
  FROM billing_creditbucket b
    LEFT JOIN billing_ledgerentry e ON e.id = b.entry_id LEFT JOIN drawn d ON d.bucket_id = b.id)
"""
_CHECKS = {
    "left": ("due_left", "kept"),
    "bucket_amount": ("came", "amount"),
    "foreign_draws": ("0", "foreign_draws"),
}


def drift_of_buckets() -> Iterator[Drift]:
    return differing(_TABLES, "due", _CHECKS)
