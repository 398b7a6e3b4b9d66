"""The product with one safeguard removed by patching, to prove that a chaos run detects its absence.

`python -m benchmarks.mutants NAME serve …` runs a management command that way; `… NAME second` runs the
second process of `benchmarks.crashes`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any


def keep_late_holders() -> None:
    """A holder never notices that its lease has ended."""
    from jobs.execution import leases

    leases.Lease.check = lambda self: None  # type: ignore[method-assign]  # the purpose of a mutant
    never = property(lambda self: False, lambda self, value: None)
    leases.Lease.lost = never  # type: ignore[assignment]  # likewise


def no_token_check() -> None:
    """Late holders can write: no write compares the token, and no holder notices a lost lease."""
    from jobs.execution import endings, prompt, reporter, runner

    keep_late_holders()
    for module, names in (
        (prompt, ["enter_stage"]),
        (reporter, ["report_progress"]),
        (runner, ["free_slot", "finish_job"]),
        (endings, ["fail_job", "requeue_job"]),
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
    """As `no_token_check`; in addition, a holder's last write does not check the row's status."""
    from jobs.enums import JobStatus
    from jobs.lifecycle import cancel, finish, transitions
    from jobs.models import Job

    no_token_check()
    transitions.TRANSITIONS = {
        source: frozenset(transitions.TRANSITIONS) for source in transitions.TRANSITIONS
    }

    def move_from_any_state(jobs: Any, **named: Any) -> Any:
        """Uses only the guard's first condition, the job's key."""
        row = Job.objects.get(pk=jobs.query.where.children[0].rhs)
        status = JobStatus(row.status)
        return transitions.move_job(Job.objects.filter(pk=row.pk), **{**named, "source": status})

    for module in (finish, cancel):
        vars(module)["move_job"] = move_from_any_state


def no_unique_settle() -> None:
    """A hold can be settled several times, and every worker that ends a run settles it.

    Two other guards prevent a second settlement before it reaches the ledger, so this removes them too:
    holders stop when their lease ends, and only the move of the job's row settles. `prepare_database` drops
    the database's constraint.
    """
    from django.db import transaction
    from django.db.models import F
    from django.db.models.functions import Now

    from billing.enums import EntryKind
    from billing.models import CreditAccount, Hold, LedgerEntry
    from jobs.enums import JobStatus
    from jobs.execution import runner
    from jobs.lifecycle import transitions
    from jobs.lifecycle.credits import reference_of

    def settle_again(reference: str) -> bool:
        hold = Hold.objects.filter(reference=reference).latest("pk")
        Hold.objects.filter(pk=hold.pk).update(state="settled", closed_at=Now())
        account = CreditAccount.objects.filter(pk=hold.account_id)
        account.update(reserved=F("reserved") - hold.amount, spent=F("spent") + hold.amount)
        LedgerEntry.objects.create(
            account_id=hold.account_id, kind=EntryKind.SETTLE, amount=hold.amount, hold=hold
        )
        return True

    finish_job = vars(runner)["finish_job"]

    def finish_and_settle(claim: Any, artifacts: Any) -> bool:
        finished = finish_job(claim, artifacts)
        if not finished:
            with transaction.atomic():
                settle_again(reference_of(claim.job_id))
        return bool(finished)

    keep_late_holders()
    transitions.CHARGE[JobStatus.COMPLETED] = settle_again
    vars(runner)["finish_job"] = finish_and_settle


def done_first() -> None:
    """The outbox marks a delivery done before it calls the handler: a worker that dies in between loses it."""
    from creator.platform.outbox import handing_on
    from creator.platform.outbox.handlers import handler_of

    def hand_on(delivery: Any) -> bool:
        handing_on._finish(delivery)
        handler_of(delivery.kind)(delivery)
        return True

    vars(handing_on)["hand_on"] = hand_on


def no_lease() -> None:
    """The outbox takes deliveries without a lease: two workers may call the handler for one at the same time."""
    from creator.platform.models import Delivery
    from creator.platform.outbox import handing_on, lease

    def take_anyway(*_: Any) -> Any:
        return lease.due_deliveries().order_by("due_at").first()

    vars(handing_on)["take_due"] = take_anyway
    vars(handing_on)["leased"] = lambda delivery: Delivery.objects.filter(
        pk=delivery.pk, done_at__isnull=True, dead_at__isnull=True
    )


def few_threads() -> None:
    """Webhooks are handed on by two threads, as mails are: receivers that hang delay the others."""
    from creator.platform.outbox import Crowd, handlers

    handlers._crowds["webhook"] = Crowd(at_once=2, kept=0)


def no_dedupe_key() -> None:
    """`notify` gives each of its calls an event id of its own, so that a repeated report is told again."""
    import uuid

    from accounts.notifications import notifying
    from creator.platform.outbox import add_delivery

    vars(notifying)["add_delivery"] = lambda **named: add_delivery(**named | {"event_id": uuid.uuid4().hex})


def keeps_photos() -> None:
    """An erasure leaves out the step that deletes photos."""
    from accounts import registry
    from jobs.personal_data import JOBS, delete_photos

    steps = tuple(step for step in JOBS.erase if step is not delete_photos)
    registry._parts["jobs"] = replace(JOBS, erase=steps, is_left=lambda user: False)


def unnamed_grants() -> None:
    """A look commits its grants before it marks the customer as looked at, and under a name that no other look uses."""
    import uuid

    from django.db import connection

    from billing.payments.sync import applying, crediting

    grant = vars(crediting)["grant"]
    enter_grants = vars(applying)["enter_grants"]

    def enter_and_commit(*arguments: Any) -> None:
        enter_grants(*arguments)
        connection.connection.commit()

    vars(crediting)["grant"] = lambda **named: grant(
        **named | {"source_id": f"{named['source_id']}:{uuid.uuid4().hex}"}
    )
    vars(applying)["enter_grants"] = enter_and_commit


def looks_first() -> None:
    """A hold reads the balances, decides, and writes the new ones: of two at once, one forgets the other."""
    from billing.ledger import holds
    from billing.ledger.buckets import Part
    from billing.models import CreditAccount, CreditBucket

    def move_if_there(owner_id: Any, wanted: Any, now: Any) -> tuple[int, int] | None:
        account = CreditAccount.objects.get(owner_id=owner_id)
        if account.available < wanted.credits:
            return None
        account.available -= wanted.credits
        account.reserved += wanted.credits
        account.period_jobs += wanted.jobs
        account.period_credits += wanted.credits
        account.save()
        return account.pk, account.period_number

    def take(account_id: int, amount: int) -> list[Part]:
        bucket = CreditBucket.objects.get(account_id=account_id)
        bucket.left = max(0, bucket.left - amount)
        bucket.save()
        return [Part(bucket.pk, amount)]

    vars(holds)["_move_if_allowed"] = move_if_there
    vars(holds)["take"] = take


def paths_as_pictures() -> None:
    """A watched folder knows pictures by where they lie, not by their content."""
    from drive import intake
    from drive.naming import key_of

    made_before, submit = vars(intake)["_made_before"], vars(intake)["_submit"]
    vars(intake)["_made_before"] = lambda file, _: made_before(file, key_of(file.source_id))
    vars(intake)["_submit"] = lambda file, _, upload: submit(file, key_of(file.source_id), upload)


def new_names() -> None:
    """Each try to write a result of a watched folder picks a name of its own."""
    import uuid

    from drive import delivery
    from drive.naming import numbered

    vars(delivery)["_names"] = lambda row, wanted: iter([numbered(wanted, uuid.uuid4().int % 10**9)])


def deaf_bell() -> None:
    """A source that tells of a change is answered, but not looked at any earlier."""
    from drive import pushes

    vars(pushes)["look_now"] = lambda connection: None


def looks_at_all() -> None:
    """Each tick looks at every connection, not only at those whose time has come."""
    from drive import watching

    vars(watching)["_pause_s"] = lambda connection, found: 1.5


def prepare_database(mutant: str | None, url: str) -> None:
    """Drops the database constraint that would stop a mutant."""
    if mutant == "no_unique_settle":
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP INDEX entry_one_closing_per_hold")


MUTANTS = {
    "no_token_check": no_token_check,
    "no_guard": no_guard,
    "no_unique_settle": no_unique_settle,
    "done_first": done_first,
    "no_lease": no_lease,
    "few_threads": few_threads,
    "no_dedupe_key": no_dedupe_key,
    "keeps_photos": keeps_photos,
    "unnamed_grants": unnamed_grants,
    "looks_first": looks_first,
    "paths_as_pictures": paths_as_pictures,
    "new_names": new_names,
    "deaf_bell": deaf_bell,
    "looks_at_all": looks_at_all,
}


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
