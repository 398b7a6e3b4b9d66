import uuid
from itertools import product

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from jobs.enums import FINAL, JobStatus
from jobs.lifecycle import transitions
from jobs.lifecycle.transitions import TRANSITIONS
from jobs.models import Job, JobEvent, UserQueue
from tests.jobs.lifecycle import rows

LEGAL = [(source, to) for source in JobStatus for to in TRANSITIONS[source]]
ILLEGAL = [pair for pair in product(JobStatus, JobStatus) if pair not in LEGAL]


def put_into(job, status):
    """Put the job into `status` and set its owner's counts to match. It failed in saving, if it failed."""
    rows.put_into(job, status)
    Job.objects.filter(pk=job.pk, status="failed").update(error_code="unsaved")
    queued, running = {"queued": (1, 0), "processing": (0, 1)}.get(status, (0, 0))
    UserQueue.objects.filter(pk=job.owner_id).update(queued=queued, running=running)


def move(job, source, to):
    return rows.move(job, source, to, **rows.fields_of(to))


def test_final_states_have_no_way_out_but_the_one_of_staff():
    ways_out = {(status, to) for status in FINAL for to in TRANSITIONS[status]}
    assert ways_out == {("failed", "completed")}
    assert set(TRANSITIONS) == set(JobStatus)


def test_the_diagram_names_every_move():
    """The arrows of the module's diagram are the moves in `TRANSITIONS`."""
    words = {
        ("queued", "processing"): "claim (token, lease, slot)",
        ("processing", "completed"): "finish",
        ("processing", "queued"): "requeue",
        ("processing", "failed"): "─fail──",
        ("queued", "failed"): "fail (waited too long)",
        ("queued", "cancelled"): "cancel───",
        ("processing", "cancelled"): "cancelled ◀┘",
        ("failed", "completed"): "failed ──finish by staff",
    }
    assert {pair: word in transitions.__doc__ for pair, word in words.items()} == dict.fromkeys(LEGAL, True)


@pytest.mark.parametrize(("source", "to"), LEGAL)
def test_a_legal_move_counts_and_tells(job, source, to):
    put_into(job, source)
    before = job.progress.sequence
    assert move(job, source, to) is True
    job.refresh_from_db()
    event = JobEvent.objects.filter(job=job).last()
    counted = {"queued": (1, 0), "processing": (0, 1)}.get(to, (0, 0))
    assert (job.status, rows.counts(job.owner)) == (to, counted)
    assert (event.status, event.stage, event.sequence) == (to, job.stage, before + 1)
    assert (job.token is None, job.finished_at is None) == (to != "processing", to not in FINAL)


@pytest.mark.parametrize(("source", "to"), ILLEGAL)
def test_an_illegal_move_is_refused(job, source, to):
    put_into(job, source)
    before = rows.all_rows(job)
    with pytest.raises(ValueError, match=f"from {source} to {to}"):
        move(job, source, to)
    assert rows.all_rows(job) == before


@pytest.mark.parametrize("source", [JobStatus.QUEUED, JobStatus.PROCESSING])
def test_a_move_from_a_state_that_is_no_longer_changes_nothing(job, source):
    put_into(job, JobStatus.COMPLETED)
    before = rows.all_rows(job)
    assert move(job, source, JobStatus.CANCELLED) is False
    assert rows.all_rows(job) == before


LEFT = {"token": None, "lease_until": None, "stage": ""}
NONSENSE = {
    "job_lease_iff_processing": [
        {"token": uuid.UUID(int=1)},
        {"lease_until": timezone.now()},
        {"status": "processing", "stage": "staged"},
        {"status": "processing", "stage": "staged", "token": uuid.UUID(int=1)},
    ],
    "job_stage_iff_processing": [
        {"stage": "running"},
        {"status": "processing", "token": uuid.UUID(int=1), "lease_until": timezone.now()},
    ],
    "job_finished_iff_final": [
        {"finished_at": timezone.now()},
        {"status": "completed", **LEFT},
        {"status": "cancelled"},
        {"status": "failed", "error_code": "timeout"},
    ],
    "job_error_iff_failed": [
        {"error_code": "timeout"},
        {"status": "failed", "finished_at": timezone.now()},
        {"status": "completed", "finished_at": timezone.now(), "error_code": "timeout", **LEFT},
    ],
}


@pytest.mark.parametrize(
    ("constraint", "change"), [(name, change) for name, changes in NONSENSE.items() for change in changes]
)
def test_the_database_refuses_nonsense(job, constraint, change):
    if change.get("status") == "completed":
        rows.put_into(job, "processing")
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(**change)


def test_the_database_refuses_counts_below_zero(job):
    queue = job.owner.queue
    for change in ({"queued": -1}, {"running": -1}):
        with pytest.raises(IntegrityError, match="user_queue_counts"), transaction.atomic():
            queue.__class__.objects.filter(pk=queue.pk).update(**change)


def test_the_database_refuses_a_slot_twice_and_frees_it(cast, slow, node):
    first, second = rows.submit_one(cast.owner, slow), rows.submit_one(cast.owner, slow)
    first.attempts.create(number=1, node=node, slot=0)
    with pytest.raises(IntegrityError), transaction.atomic():
        second.attempts.create(number=1, node=node, slot=0)
    first.attempts.update(node_done_at=timezone.now())
    assert second.attempts.create(number=1, node=node, slot=0).pk is not None


def test_a_wake_up_that_fails_harms_nothing(job, monkeypatch, django_capture_on_commit_callbacks, caplog):
    def broken(**_):
        raise ConnectionError("no channel layer")

    monkeypatch.setattr("jobs.lifecycle.transitions.job_changed.send", broken)
    with django_capture_on_commit_callbacks(execute=True):
        assert move(job, JobStatus.QUEUED, JobStatus.CANCELLED) is True
    job.refresh_from_db()
    assert job.status == "cancelled"
    assert "no channel layer" in caplog.text
