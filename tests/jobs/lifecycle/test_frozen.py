"""A worker that freezes inside a transaction keeps its locks: others skip locked rows instead of waiting."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from jobs.lifecycle import adopt_orphan, renew_leases
from jobs.models import Job, UserQueue
from jobs.scheduling import claim_next
from tests.jobs.lifecycle import rows
from tests.jobs.lifecycle.threads import PATIENCE

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]


def elsewhere(act):
    """Run `act` as another worker, with a lock timeout of 100 ms, and return its result."""

    def run():
        with connection.cursor() as cursor:
            try:
                cursor.execute("SET lock_timeout = '100ms'")
                return act()
            finally:
                cursor.execute("RESET lock_timeout")  # the pool hands this connection to other tests
                connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(PATIENCE)


def test_an_orphan_whose_row_is_locked_does_not_keep_others_from_being_adopted(cast, slow, node):
    locked, free = (rows.submit_one(cast.owner, slow) for _ in range(2))
    for slot, job in enumerate((locked, free)):
        rows.claim(job, node, slot)
        rows.expire_lease(job)
    with transaction.atomic():
        assert Job.objects.filter(pk=locked.pk).update(stage="saving")
        claim = elsewhere(adopt_orphan)
    assert claim.job_id == free.pk
    assert adopt_orphan().job_id == locked.pk


def test_an_owner_whose_row_is_locked_does_not_keep_others_from_being_claimed(cast, slow, node):
    job, other = (rows.submit_one(owner, slow) for owner in (cast.owner, cast.other))
    with transaction.atomic():
        assert UserQueue.objects.filter(pk=job.owner_id).update(running=0)
        claim = elsewhere(claim_next)
    assert claim.job_id == other.pk
    assert claim_next().job_id == job.pk


def test_a_lease_whose_row_is_locked_does_not_keep_others_from_being_renewed(cast, slow, node):
    locked, free = (rows.submit_one(cast.owner, slow) for _ in range(2))
    tokens = [rows.claim(job, node, slot).token for slot, job in enumerate((locked, free))]
    ended = Job.objects.get(pk=free.pk).lease_until
    with transaction.atomic():
        assert Job.objects.filter(pk=locked.pk).update(stage="saving")
        assert elsewhere(lambda: renew_leases(tokens)) == {tokens[1]}
    assert Job.objects.get(pk=free.pk).lease_until > ended
    assert renew_leases(tokens) == set(tokens)
