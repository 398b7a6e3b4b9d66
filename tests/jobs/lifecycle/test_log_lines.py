"""The log lines of a job: each change of its status writes one line with its id."""

import pytest
import structlog
from structlog.testing import capture_logs

from jobs.enums import FailureCode, Outcome
from jobs.lifecycle import (
    adopt_orphan,
    cancel_job,
    fail_job,
    fail_waiting,
    finish_job,
    requeue_job,
)
from tests.jobs.lifecycle import rows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("rings")]


def told(act) -> list[tuple[str, str]]:
    """Return (event, job id) of the lines about jobs that `act` wrote."""
    with capture_logs() as logs:
        act()
    return [(line["event"], line["job_id"]) for line in logs if "job_id" in line]


def test_a_submit_names_each_job_beside_the_request_that_asked_for_it(cast, slow):
    bound = structlog.contextvars.bound_contextvars(request_id="my-reference")
    with bound, capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:
        jobs = rows.submit(cast.owner, slow, variations=2)
    lines = [line for line in logs if line["event"] == "job_queued"]
    batch, user = str(jobs[0].batch_id), str(cast.owner.pk)
    assert [(line["job_id"], line["batch_id"], line["user_id"]) for line in lines] == [
        (str(job.id), batch, user) for job in jobs
    ]
    assert {(line["request_id"], line["preset"]) for line in lines} == {("my-reference", "slow")}


def test_a_refused_submit_tells_of_no_job(cast, slow, monkeypatch):
    def refuse(*_):
        raise RuntimeError

    monkeypatch.setattr("jobs.lifecycle.enqueue._hold_credits", refuse)
    with capture_logs() as logs, pytest.raises(RuntimeError):
        rows.submit(cast.owner, slow)
    assert [line["event"] for line in logs] == []


def asked_to_cancel(held):
    cancel_job(job=held.job)
    return held.claim


ENDINGS = {
    "finish": (lambda h: finish_job(h.claim, []), ["job_completed"]),
    "fail": (lambda h: fail_job(h.claim, FailureCode.TIMEOUT), ["job_failed"]),
    "requeue": (lambda h: requeue_job(h.claim, outcome=Outcome.LOST), ["job_requeued"]),
    "cancel, finished": (
        lambda h: finish_job(asked_to_cancel(h), []),
        ["job_cancel_asked", "job_cancelled"],
    ),
    "cancel, failed": (
        lambda h: fail_job(asked_to_cancel(h), FailureCode.TIMEOUT),
        ["job_cancel_asked", "job_cancelled"],
    ),
    "cancel, requeued": (
        lambda h: requeue_job(asked_to_cancel(h), outcome=Outcome.LOST),
        ["job_cancel_asked", "job_cancelled"],
    ),
}


class Held:
    """A job and the claim on it."""

    def __init__(self, job, claim):
        self.job, self.claim = job, claim


@pytest.mark.parametrize("way", ENDINGS)
def test_every_end_of_a_held_job_is_one_line(job, held, way):
    act, events = ENDINGS[way]
    assert told(lambda: act(Held(job, held))) == [(event, str(job.id)) for event in events]


def test_what_a_late_holder_does_is_no_turn(job, held):
    finish_job(held, [])
    assert told(lambda: [fail_job(held, FailureCode.TIMEOUT), finish_job(held, [])]) == []


def test_what_ends_in_the_queue_is_told_too(cast, slow, job):
    other = rows.submit_one(cast.owner, slow)
    assert told(lambda: cancel_job(job=job)) == [("job_cancelled", str(job.id))]
    assert told(lambda: fail_waiting(other, FailureCode.NODE_UNAVAILABLE)) == [("job_failed", str(other.id))]
    assert told(lambda: fail_waiting(other, FailureCode.NODE_UNAVAILABLE)) == []


def test_claim_and_adoption_name_the_same_attempt(job, node):
    with capture_logs() as logs:
        claim = rows.claim(job, node)
        rows.expire_lease(job)
        adopt_orphan()
    assert [(line["event"], line["job_id"], line["attempt_id"]) for line in logs] == [
        ("job_claimed", str(job.id), claim.attempt_id),
        ("job_adopted", str(job.id), claim.attempt_id),
    ]
