import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from jobs import worker
from jobs.enums import NodeState
from jobs.models import Job, Node, UserQueue
from jobs.nodes import RESULTS_BESIDE, set_state
from jobs.scheduling import claims
from tests.jobs.lifecycle import rows


@pytest.fixture
def ran(monkeypatch):
    """Collect claims instead of running them; each job completes at once."""
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
    """Another worker takes the best placement between the look and the claim; the next look finds another."""
    node = rows.make_node(slots=2)
    first, second = rows.submit_one(cast.owner, slow), rows.submit_one(cast.owner, slow)
    claim, steals = claims.claim_wish, iter([lambda: rows.claim(first, node, 0)])

    def claim_late(placement):
        next(steals, lambda: None)()
        return claim(placement)

    monkeypatch.setattr(claims, "claim_wish", claim_late)
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


class TestRunners:
    """The threads of one pool that run jobs, and rings that find all of them busy."""

    def test_there_are_never_more_than_the_pool_can_spare(self):
        runners = worker.Runners(lambda: 2)
        assert [runners.enter() for _ in range(4)] == [True, True, False, False]
        runners.leave()
        assert [runners.enter(), runners.enter()] == [True, False]

    def test_by_default_eight_threads_are_left_for_periodic_tasks_and_deliveries(self, settings):
        settings.CONFIG = replace(settings.CONFIG, worker_threads=11)
        runners = worker.Runners(worker.runners_for_threads)
        assert [runners.enter() for _ in range(4)] == [True, True, True, False]

    def test_the_only_worker_follows_the_slots_of_the_nodes(self, db):
        """And some for results that are being saved. Without a node there is one, for jobs of nodes that are gone."""
        runners, running = worker.Runners(worker.runners_for_slots), 1
        assert [runners.enter() for _ in range(2)] == [True, False]
        for name, slots in (("a", 1), ("b", 3)):
            rows.make_node(name, slots=slots)
            rows.let_caches_expire()
            more = slots + RESULTS_BESIDE - (running if name == "a" else 0)
            assert [runners.enter() for _ in range(more + 1)] == [True] * more + [False]
            running += more
        set_state(Node.objects.get(name="b"), NodeState.OFF)
        rows.let_caches_expire()
        for _ in range(3 + RESULTS_BESIDE):
            runners.leave()
        assert runners.enter() is False
        runners.leave()
        assert runners.enter() is True

    def test_without_a_database_the_only_worker_claims_nothing(self, db, monkeypatch):
        def away():
            raise OperationalError

        monkeypatch.setattr(worker, "count_runners", away)
        assert worker.Runners(worker.runners_for_slots).enter() is False

    def test_who_leaves_looks_again_for_each_that_rang_in_vain(self):
        runners = worker.Runners(lambda: 2)
        for _ in range(3):
            runners.enter()
        assert [runners.leave(), runners.leave()] == [True, False]

    def test_a_ring_at_a_full_pool_runs_nothing(self, cast, slow, ran, monkeypatch):
        rows.make_node()
        rows.submit_one(cast.owner, slow)
        full = worker.Runners(lambda: 1)
        full.enter()
        monkeypatch.setattr(worker, "runners", full)
        assert (worker.run_until_idle(), ran) == (0, [])

    def test_a_job_that_was_rung_for_after_the_last_look_is_run(self, cast, slow, ran, monkeypatch):
        """The ring comes after the only runner has found nothing and before it leaves."""
        monkeypatch.setattr(worker, "runners", worker.Runners(lambda: 1))
        rows.make_node()
        look, late = worker.next_claim, []

        def look_and_miss():
            found = look()
            if found is None and not late:
                late.append(rows.submit_one(cast.owner, slow))
                assert worker.run_until_idle() == 0
            return found

        monkeypatch.setattr(worker, "next_claim", look_and_miss)
        assert (worker.run_until_idle(), [claim.job_id for claim in ran]) == (1, [late[0].id])
