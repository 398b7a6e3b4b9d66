import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from jobs.lifecycle import adopt_orphan, give_up_leases, renew_leases
from jobs.lifecycle.lease import read_leases
from jobs.models import Attempt, Job, UserQueue
from tests.jobs.lifecycle import rows


def test_a_claim_takes_job_slot_and_place_in_one(job, node):
    held = rows.claim(job, node, slot=1)
    job.refresh_from_db()
    attempt = Attempt.objects.get(pk=held.attempt_id)
    assert (job.status, job.stage, job.token) == ("processing", "staged", held.token)
    assert (attempt.job_id, attempt.number, attempt.node_id, attempt.slot) == (job.id, 1, node.pk, 1)
    assert (held.job_id, held.owner_id, held.adopted) == (job.id, job.owner_id, False)
    assert rows.counts(job.owner) == (0, 1)
    assert [event.status for event in job.events.all()] == ["queued", "processing"]


def test_a_claimed_job_is_not_claimed_again(job, node, held):
    before = rows.all_rows(job)
    assert rows.claim(job, node, slot=1) is None
    assert rows.all_rows(job) == before


def test_a_taken_slot_gives_nothing_and_changes_nothing(cast, slow, node, held):
    waiting = rows.submit_one(cast.owner, slow)
    before = rows.all_rows(waiting)
    assert rows.claim(waiting, node, slot=0) is None
    assert rows.all_rows(waiting) == before
    assert rows.claim(waiting, node, slot=1) is not None


def test_a_slot_is_free_again_for_the_next_job(cast, slow, node, held):
    from jobs.lifecycle import free_slot

    waiting = rows.submit_one(cast.owner, slow)
    assert free_slot(held, gpu_seconds=1.5) is True
    assert rows.claim(waiting, node, slot=0) is not None
    assert Attempt.objects.get(pk=held.attempt_id).gpu_seconds == 1.5


def test_nobody_runs_more_than_the_limit(cast, slow):
    node = rows.make_node(slots=5)
    jobs = [rows.submit_one(cast.owner, slow) for _ in range(4)]
    UserQueue.objects.update(limit=2)
    before = rows.all_rows(jobs[3])
    got = [rows.claim(job, node, slot) is not None for slot, job in enumerate(jobs)]
    assert (got, rows.counts(cast.owner)) == ([True, True, False, False], (2, 2))
    assert rows.all_rows(jobs[3])["job"] == before["job"]


def test_a_limit_binds_its_owner_only(cast, slow):
    node = rows.make_node(slots=5)
    mine, theirs = rows.submit_one(cast.owner, slow), rows.submit_one(cast.other, slow)
    UserQueue.objects.filter(pk=cast.owner.pk).update(limit=0)
    assert rows.claim(mine, node, 0) is None
    assert rows.claim(theirs, node, 0) is not None


@pytest.mark.parametrize(("seconds", "claimed"), [(3600, False), (-1, True)])
def test_a_job_that_backs_off_is_not_claimed_before_its_time(job, node, seconds, claimed):
    Job.objects.filter(pk=job.pk).update(not_before=timezone.now() + timedelta(seconds=seconds))
    before = rows.all_rows(job)
    assert (rows.claim(job, node) is not None) is claimed
    assert (rows.all_rows(job) != before) is claimed
    assert Job.objects.get(pk=job.pk).not_before is None or not claimed


def test_a_live_lease_is_not_adopted(job, held):
    before = rows.all_rows(job)
    assert adopt_orphan() is None
    assert rows.all_rows(job) == before


def test_an_expired_lease_is_adopted_once_with_the_same_prompt(job, held):
    rows.expire_lease(job)
    adopted = adopt_orphan()
    assert (adopted.job_id, adopted.attempt_id, adopted.adopted) == (job.id, held.attempt_id, True)
    assert adopted.token != held.token
    assert Job.objects.get(pk=job.pk).token == adopted.token
    assert adopt_orphan() is None
    assert (job.attempts.count(), rows.counts(job.owner)) == (1, (0, 1))


def test_the_orphan_that_waits_longest_is_adopted_first(cast, slow, node):
    jobs = [rows.submit_one(cast.owner, slow) for _ in range(2)]
    for slot, job in enumerate(jobs):
        rows.claim(job, node, slot)
    for age, job in zip((30, 90), jobs, strict=True):
        Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=age))
    assert [adopt_orphan().job_id for _ in jobs] == [jobs[1].id, jobs[0].id]


def test_renewing_extends_what_is_held_and_nothing_else(job, held):
    rows.expire_lease(job)
    renew_leases([uuid.uuid4()])
    assert Job.objects.get(pk=job.pk).lease_until < timezone.now()
    before = timezone.now()
    renew_leases([held.token])
    assert Job.objects.get(pk=job.pk).lease_until > before + timedelta(seconds=10)


def test_a_look_tells_lost_from_held_and_hears_cancels(job, held):
    assert read_leases([held.token, uuid.uuid4()]) == {held.token: False}
    Job.objects.filter(pk=job.pk).update(cancel_requested_at=timezone.now())
    assert read_leases([held.token]) == {held.token: True}


def test_an_orphan_without_an_attempt_is_left_as_it_is_and_told_of(job, held, caplog):
    job.attempts.update(ended_at=timezone.now(), node_done_at=timezone.now(), outcome="failed")
    rows.expire_lease(job)
    before = rows.all_rows(job)
    assert adopt_orphan() is None
    assert rows.all_rows(job) == before
    assert "job_without_attempt" in caplog.text


def test_a_lease_given_up_is_adopted_at_once(job, held):
    give_up_leases([held.token])
    assert adopt_orphan().job_id == job.id
