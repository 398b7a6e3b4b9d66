"""Checks the ledger for drift."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.ledger import Drift, find_drift
from billing.models import CreditAccount, LedgerEntry
from creator.lib.formatting import count


class Command(BaseCommand):
    help = "Compares all balances and holds with the entries; exits with status 1 if they differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print accounts, entries and drift as JSON")

    def handle(self, *, json: bool, **options: Any) -> None:
        accounts, entries, drift = CreditAccount.objects.count(), LedgerEntry.objects.count(), find_drift()
        if json:
            self.stdout.write(_as_json(accounts, entries, drift))
        else:
            for line in drift:
                self.stdout.write(_in_words(line))
            self.stdout.write(f"{count(accounts, 'account')}, {entries:,} entries, drift {len(drift)}")
        if drift:
            raise CommandError("The ledger does not add up.")


def _as_json(accounts: int, entries: int, drift: list[Drift]) -> str:
    return json.dumps({"accounts": accounts, "entries": entries, "drift": [asdict(line) for line in drift]})


def _in_words(drift: Drift) -> str:
    where = f" of {drift.reference}" if drift.reference else ""
    return f"account {drift.account_id}: {drift.what}{where} is {drift.found}, should be {drift.expected}"
