"""The product with one safety taken out from outside, to prove that a chaos run would notice.

`python -m benchmarks.mutants NAME serve …` runs a management command so; `… NAME second` the second process
of `benchmarks.crashes`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any


def stop_nobody() -> None:
    """No holder ever finds out by itself that it is late."""
    from jobs.execution import leases

    leases.Lease.check = lambda self: None  # type: ignore[method-assign]  # that is what a mutant is
    never = property(lambda self: False, lambda self, value: None)
    leases.Lease.lost = never  # type: ignore[assignment]  # likewise


def no_token_check() -> None:
    """Late holders pass as the present one: no write compares the token, no lease is ever found lost."""
    from jobs.execution import endings, prompt, reporter, runner

    stop_nobody()
    for module, names in (
        (prompt, ["enter_stage"]),
        (reporter, ["report_progress"]),
        (runner, ["free_slot", "finish_job"]),
        (endings, ["fail_job", "requeue_job", "end_cancelled"]),
    ):
        for name in names:
            setattr(module, name, _with_present_token(getattr(module, name)))


def _with_present_token(write: Callable[..., Any]) -> Callable[..., Any]:
    from jobs.models import Job

    @wraps(write)
    def unfenced(claim: Any, *arguments: Any, **named: Any) -> Any:
        token = Job.objects.filter(pk=claim.job_id).values_list("token", flat=True).first()
        return write(replace(claim, token=token), *arguments, **named)

    return unfenced


def no_guard() -> None:
    """As `no_token_check`, and a holder's last write does not look at the row's state either."""
    from jobs.enums import JobStatus
    from jobs.lifecycle import cancel, finish, transitions
    from jobs.models import Job

    no_token_check()
    transitions.TRANSITIONS = {
        source: frozenset(transitions.TRANSITIONS) for source in transitions.TRANSITIONS
    }

    def move_from_any_state(job_id: Any, owner_id: Any, *, source: Any, **named: Any) -> bool:
        row = Job.objects.values("status", "token").get(pk=job_id)
        return transitions.move_job(
            job_id, owner_id, **{**named, "source": JobStatus(row["status"]), "held": row["token"]}
        )

    for module in (finish, cancel):
        vars(module)["move_job"] = move_from_any_state


def no_unique_settle() -> None:
    """A hold can be settled any number of times, and whoever comes to the end of a run settles, first or not.

    Two guards of the product stand before the ledger's and are taken out with it, for with the ledger's alone nothing would
    ever ask it twice: holders stop when their lease is over, and only the move of the job's row charges. The database's
    constraint goes with `prepare_database`.
    """
    from django.db.models import F
    from django.db.models.functions import Now

    from billing.enums import EntryKind
    from billing.models import Account, Hold, LedgerEntry
    from jobs.enums import JobStatus
    from jobs.lifecycle import finish, transitions

    def settle_again(reference: str) -> bool:
        hold = Hold.objects.filter(reference=reference).latest("pk")
        Hold.objects.filter(pk=hold.pk).update(state="settled", closed_at=Now())
        account = Account.objects.filter(pk=hold.account_id)
        account.update(reserved=F("reserved") - hold.amount, spent=F("spent") + hold.amount)
        LedgerEntry.objects.create(
            account_id=hold.account_id, kind=EntryKind.SETTLE, amount=hold.amount, hold=hold
        )
        return True

    end_held = finish.end_held

    def end_and_settle(claim: Any, to: Any, *arguments: Any, **named: Any) -> bool:
        ended = end_held(claim, to, *arguments, **named)
        if not ended and to is JobStatus.COMPLETED:
            settle_again(transitions.reference_of(claim.job_id))
        return ended

    stop_nobody()
    transitions.CHARGE[JobStatus.COMPLETED] = settle_again
    vars(finish)["end_held"] = end_and_settle


def prepare_database(mutant: str | None, url: str) -> None:
    """What a mutant needs gone from the rows' own rules."""
    if mutant == "no_unique_settle":
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP INDEX entry_one_closing_per_hold")


MUTANTS = {"no_token_check": no_token_check, "no_guard": no_guard, "no_unique_settle": no_unique_settle}


def main() -> None:
    name, *arguments = sys.argv[1:]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
    import django

    django.setup()
    MUTANTS[name]()
    if arguments == ["second"]:
        from benchmarks.worker import run

        run()
    else:
        from django.core.management import execute_from_command_line

        execute_from_command_line(["manage.py", *arguments])


if __name__ == "__main__":
    main()
