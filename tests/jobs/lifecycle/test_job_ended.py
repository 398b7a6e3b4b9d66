"""`job_ended` is sent inside the transaction that ends a job, for every way to end and for nothing else."""

import os
import signal
import subprocess
import sys

import pytest
from django.db import connection

from creator.platform.models import Delivery
from creator.platform.outbox import add_delivery
from jobs.enums import FailureCode, Outcome
from jobs.lifecycle import (
    cancel_job,
    fail_job,
    fail_waiting,
    finish_job,
    requeue_job,
)
from jobs.models import Job
from jobs.signals import job_ended
from tests.house.tree import ROOT
from tests.jobs.lifecycle import rows


@pytest.fixture
def heard():
    """Collect the signals received, each with whether it came inside a transaction."""
    told = []

    def listen(job_id, owner_id, status, **_):
        told.append((job_id, owner_id, str(status), connection.in_atomic_block))

    job_ended.connect(listen)
    yield told
    job_ended.disconnect(listen)


@pytest.fixture
def outbox():
    """Connect a receiver like those of upper apps: it inserts a delivery."""

    def remember(job_id, status, **_):
        add_delivery(kind="test", destination="there", event_id=f"{job_id} {status}", payload={})

    job_ended.connect(remember)
    yield
    job_ended.disconnect(remember)


ENDINGS = {
    "finish": (lambda job, held: finish_job(held, []), "completed"),
    "fail": (lambda job, held: fail_job(held, FailureCode.NODE_ERROR), "failed"),
    "finish, though a cancel was asked for": (
        lambda job, held: cancel_job(job=job) and finish_job(held, []),
        "cancelled",
    ),
    "fail, though a cancel was asked for": (
        lambda job, held: cancel_job(job=job) and fail_job(held, FailureCode.TIMEOUT),
        "cancelled",
    ),
    "requeue, though a cancel was asked for": (
        lambda job, held: cancel_job(job=job) and requeue_job(held, outcome=Outcome.LOST),
        "cancelled",
    ),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_every_way_a_held_job_ends_is_told_once(job, held, heard, name):
    end, status = ENDINGS[name]
    assert end(job, held)
    assert heard == [(job.id, job.owner_id, status, True)]
    assert not finish_job(held, [])
    assert len(heard) == 1


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (lambda job: cancel_job(job=job), "cancelled"),
        (lambda job: fail_waiting(job, FailureCode.NODE_UNAVAILABLE), "failed"),
    ],
)
def test_every_way_a_waiting_job_ends_is_told_once(job, heard, end, status):
    end(job)
    end(job)
    assert heard == [(job.id, job.owner_id, status, True)]


def test_a_job_that_goes_on_is_not_told_of(job, held, heard):
    assert requeue_job(held, outcome=Outcome.LOST)
    assert heard == []


@pytest.mark.django_db(transaction=True)
def test_the_job_and_what_a_receiver_writes_are_committed_together_or_not_at_all(job, held, outbox):
    def broken(**_):
        raise RuntimeError("a receiver of an upper app")

    job_ended.connect(broken)
    try:
        with pytest.raises(RuntimeError):
            finish_job(held, [])
    finally:
        job_ended.disconnect(broken)
    job.refresh_from_db()
    assert (job.status, Delivery.objects.count(), rows.counts(job.owner)) == ("processing", 0, (0, 1))
    assert finish_job(held, [])
    assert Delivery.objects.get().event_id == f"{job.id} completed"


KILLED = """
import os, signal, sys, uuid
import django
django.setup()
from django.db import connections
connections["default"].settings_dict["NAME"] = sys.argv[1]
from creator.platform.outbox import add_delivery
from jobs.lifecycle import Claim, finish_job
from jobs.signals import job_changed, job_ended

def remember(job_id, status, **_):
    add_delivery(kind="test", destination="there", event_id=f"{job_id} {status}", payload={})
    if sys.argv[2] == "inside":
        os.kill(os.getpid(), signal.SIGKILL)

def die(**_):
    os.kill(os.getpid(), signal.SIGKILL)

job_ended.connect(remember, weak=False)
if sys.argv[2] == "after":
    job_changed.receivers, job_changed.sender_receivers_cache = [], {}
    job_changed.connect(die, weak=False)
job_id, owner_id, token = map(uuid.UUID, sys.argv[3:6])
finish_job(Claim(job_id, owner_id, int(sys.argv[6]), token, adopted=False), [])
"""


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("moment", "told"), [("after", 1), ("inside", 0)])
def test_a_process_that_dies_between_commit_and_receivers_loses_nothing(job, held, moment, told):
    """`after`: it dies after the commit, before the after-commit signals. `inside`: it dies before the commit."""
    claim = (job.id, job.owner_id, held.token, held.attempt_id)
    name = str(connection.settings_dict["NAME"])
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, name, moment, *map(str, claim)],
        cwd=ROOT,
        env={**os.environ, **_database(), "DJANGO_SETTINGS_MODULE": "creator.settings"},
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    assert list(Delivery.objects.values_list("event_id", flat=True)) == [f"{job.id} completed"] * told
    assert Job.objects.get(pk=job.pk).status == ("completed" if told else "processing")
    if not told:
        assert finish_job(held, [])  # the next holder ends it, and its receivers write then


def _database() -> dict[str, str]:
    """Return the environment that points a child process at this test's own database."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return {}
    address = f"{values['USER']}:{values['PASSWORD']}@{values['HOST']}:{values['PORT']}"
    return {"DATABASE_URL": f"postgres://{address}/{values['NAME']}"}
