"""A process of `benchmarks.oversell`: `python -m benchmarks.spender furnish CREDITS | spend NAME COUNT [--mutant M]`.

`furnish` makes a person with so many credits. `spend` prints that it is ready, waits for a line, submits holds of one
credit each, and prints how many were accepted.
"""

from __future__ import annotations

import argparse
import os
import sys

EMAIL = "spender@example.org"


def furnish(credits: int) -> None:
    """The plan limits neither the credits nor the jobs: only the balance decides."""
    from accounts.models import User
    from billing.ledger import open_credit_account
    from billing.models import Plan

    Plan.objects.update(credits=credits, jobs_per_period=1_000_000)
    open_credit_account(User.objects.create_user(EMAIL))


def spend(name: str, count: int) -> int:
    """Submits the holds, each in a transaction of its own. Returns how many were accepted."""
    from accounts.models import User

    owner = User.objects.get(email=EMAIL)
    print("ready", flush=True)
    sys.stdin.readline()
    return sum(_hold(owner, f"job:{name}-{number}") for number in range(count))


def _hold(owner: object, reference: str) -> bool:
    from django.db import transaction

    from accounts.models import User
    from billing.ledger import hold_credits
    from creator.lib.errors import Refused

    assert isinstance(owner, User)
    try:
        with transaction.atomic():
            hold_credits(owner_id=owner.pk, amounts={reference: 1}, label="oversell")
    except Refused as refused:
        if refused.code != "insufficient_credits":
            raise
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.spender")
    parser.add_argument("what", choices=["furnish", "spend"])
    parser.add_argument("arguments", nargs="+")
    parser.add_argument("--mutant", default="")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
    import django

    django.setup()
    from benchmarks.mutants import MUTANTS

    if options.mutant:
        MUTANTS[options.mutant]()
    if options.what == "furnish":
        furnish(int(options.arguments[0]))
    else:
        print(spend(options.arguments[0], int(options.arguments[1])), flush=True)


if __name__ == "__main__":
    main()
