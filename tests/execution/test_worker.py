import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from jobs import worker
from jobs.models import Job, UserQueue
from tests.lifecycle import rows


@pytest.fixture
def ran(monkeypatch):
    """Claims that would have been run; each ends at once."""
    claims = []

    def run(claim):
        claims.append(claim)
        Job.objects.filter(pk=claim.job_id).update(
            status="completed", stage="", token=None, lease_until=None, finished_at=timezone.now()
        )

    monkeypatch.setattr(worker, "run_claim", run)
    return claims


def test_orphans_come_before_the_queue(cast, slow):
    node = rows.make_node()
    orphan, waiting = rows.submit_one(cast.owner, slow), rows.submit_one(cast.owner, slow)
    rows.claim(orphan, node)
    rows.expire_lease(orphan)
    assert [worker.next_claim().job_id for _ in range(2)] == [orphan.id, waiting.id]
    assert worker.next_claim() is None


def test_a_thread_goes_on_until_nothing_fits(cast, slow, ran):
    rows.make_node(slots=3)
    jobs = [rows.submit_one(cast.owner, slow) for _ in range(5)]
    assert worker.run_until_idle() == 3
    assert [claim.job_id for claim in ran] == [job.id for job in jobs[:3]]


def test_a_worker_that_stops_takes_nothing_more(cast, slow, ran, monkeypatch):
    rows.make_node()
    rows.submit_one(cast.owner, slow)
    monkeypatch.setattr(worker.keeper, "stopping", True)
    assert (worker.run_until_idle(), ran) == (0, [])


def test_a_slot_that_was_taken_first_is_not_the_end(cast, slow, monkeypatch):
    """Somebody takes the best placement between the look and the claim; the next look finds another."""
    node = rows.make_node(slots=2)
    first, second = rows.submit_one(cast.owner, slow), rows.submit_one(cast.owner, slow)
    claim, steals = worker.claim_placed, iter([lambda: rows.claim(first, node, 0)])

    def claim_late(placement):
        next(steals, lambda: None)()
        return claim(placement)

    monkeypatch.setattr(worker, "claim_placed", claim_late)
    assert worker.next_claim().job_id == second.id


@pytest.mark.parametrize("why", ["limit", "later"])
def test_what_may_not_run_now_ends_the_search(cast, slow, why):
    rows.make_node()
    rows.submit_one(cast.owner, slow)
    if why == "limit":
        UserQueue.objects.update(limit=0)
    else:
        Job.objects.update(not_before=timezone.now() + timedelta(hours=1))
    assert worker.next_claim() is None


def test_a_lost_token_is_nobodys_claim(cast, slow):
    job = rows.submit_one(cast.owner, slow)
    rows.claim(job, rows.make_node())
    Job.objects.update(token=uuid.uuid4())
    assert worker.next_claim() is None
