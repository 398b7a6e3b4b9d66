"""Holds, compared with their entries and draws."""

from __future__ import annotations

from collections.abc import Iterator

from billing.ledger.drift.difference import Drift, differing

# Holds that were closed before there were periods have no draws.
_TABLES = """
moved AS (
  SELECT e.hold_id,
    SUM(CASE WHEN e.kind = 'hold' THEN 1 ELSE 0 END) AS holds,
    SUM(CASE WHEN e.kind = 'hold' THEN e.amount ELSE 0 END) AS held,
    SUM(CASE WHEN e.kind IN ('settle', 'release') THEN 1 ELSE 0 END) AS closings,
    SUM(CASE WHEN (h.state = 'settled' AND e.kind = 'settle') OR (h.state = 'released' AND e.kind = 'release')
      THEN e.amount ELSE 0 END) AS closed,
    SUM(CASE WHEN e.account_id <> h.account_id THEN 1 ELSE 0 END) AS foreign_entries
  FROM billing_ledgerentry e JOIN billing_hold h ON h.id = e.hold_id GROUP BY e.hold_id),
drawn AS (
  SELECT e.hold_id, SUM(d.amount) AS amount FROM billing_draw d JOIN billing_ledgerentry e ON e.id = d.entry_id
  WHERE e.hold_id IS NOT NULL GROUP BY e.hold_id),
due AS (
  SELECT h.account_id, h.reference, h.id AS place, h.amount,
    CASE WHEN h.state = 'open' THEN 0 ELSE 1 END AS due_closings,
    CASE WHEN h.state = 'open' THEN 0 ELSE h.amount END AS due_closed,
    CASE WHEN h.state = 'open' OR h.period_number > 0 THEN h.amount ELSE COALESCE(d.amount, 0) END AS due_drawn,
    COALESCE(m.holds, 0) AS holds, COALESCE(m.held, 0) AS held, COALESCE(m.closings, 0) AS closings,
    COALESCE(m.closed, 0) AS closed, COALESCE(m.foreign_entries, 0) AS foreign_entries,
    COALESCE(d.amount, 0) AS drawn
  FROM billing_hold h LEFT JOIN moved m ON m.hold_id = h.id LEFT JOIN drawn d ON d.hold_id = h.id)
"""
_CHECKS = {
    "hold_entries": ("1", "holds"),
    "hold_amount": ("amount", "held"),
    "closings": ("due_closings", "closings"),
    "closing_amount": ("due_closed", "closed"),
    "foreign_entries": ("0", "foreign_entries"),
    "hold_drawn": ("due_drawn", "drawn"),
}


def drift_of_holds() -> Iterator[Drift]:
    return differing(_TABLES, "due", _CHECKS)
