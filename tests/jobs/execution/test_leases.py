import time
import uuid
from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from jobs.execution import leases
from jobs.execution.leases import Lease, LeaseKeeper, LeaseLost
from jobs.lifecycle import adopt_orphan
from jobs.models import Job
from tests.jobs.execution.running import eventually, fresh
from tests.jobs.lifecycle import rows

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def claim(cast, slow):
    return rows.claim(rows.submit_one(cast.owner, slow), rows.make_node())


@pytest.fixture
def keeper(monkeypatch, settings):
    """A lease keeper that looks and renews every 0.01 s."""
    monkeypatch.setattr(leases, "LOOK_EVERY_S", 0.01)
    settings.CONFIG = replace(settings.CONFIG, lease_renew_seconds=0.01)
    return LeaseKeeper()


def let_one_look_pass(claim, keeper):
    with keeper.keep_alive(replace(claim, token=uuid.uuid4())) as unknown:
        eventually(lambda: unknown.lost)


def test_what_is_held_is_renewed_and_what_is_let_go_is_not(claim, keeper):
    job = Job.objects.get(pk=claim.job_id)
    with keeper.keep_alive(claim):
        first = job.lease_until
        eventually(lambda: fresh(job).lease_until > first)
    let_one_look_pass(claim, keeper)  # a renewal may have been under way when the lease was let go
    rows.expire_lease(job)
    let_one_look_pass(claim, keeper)
    assert fresh(job).lease_until < timezone.now()


def test_a_lease_that_somebody_took_is_noticed(claim, keeper):
    with keeper.keep_alive(claim) as lease:
        lease.check()
        Job.objects.update(token=uuid.uuid4())
        eventually(lambda: lease.lost)
        with pytest.raises(LeaseLost):
            lease.check()


def test_a_request_to_cancel_is_noticed(claim, keeper):
    with keeper.keep_alive(claim) as lease:
        assert lease.cancel_requested is False
        Job.objects.update(cancel_requested_at=timezone.now())
        eventually(lambda: lease.cancel_requested)
        lease.check()


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_is_away_for_a_moment_does_not_end_the_keeper(claim, keeper, monkeypatch, error):
    """InterfaceError is tested too, as it is no DatabaseError: a dead keeper loses every lease of its process."""
    looks, look = [], leases.read_leases

    def away_at_first(tokens):
        looks.append(tokens)
        if len(looks) < 4:
            raise error("gone away")
        return look(tokens)

    monkeypatch.setattr(leases, "read_leases", away_at_first)
    with keeper.keep_alive(claim) as lease:
        Job.objects.update(token=uuid.uuid4())
        eventually(lambda: lease.lost)


def test_trust_ends_before_the_lease_does(claim, settings, monkeypatch):
    now, lease = claim.since, Lease(claim)
    for later, trusted in ((0.0, True), (13.9, True), (14.1, False)):
        monkeypatch.setattr(leases.time, "monotonic", lambda later=later: now + later)
        assert is_trusted(lease) is trusted
    lease.extend_from(now + 10)
    assert (settings.CONFIG.lease_seconds, is_trusted(lease)) == (15, True)


def is_trusted(lease):
    try:
        lease.check()
    except LeaseLost:
        return False
    return True


def test_stopping_gives_everything_up_at_once(claim, keeper):
    with keeper.keep_alive(claim) as lease:
        keeper.stop()
        assert (keeper.stopping, is_trusted(lease)) == (True, False)
    assert Job.objects.get().lease_until < timezone.now()


def test_what_is_claimed_while_the_worker_stops_is_given_up_too(claim, keeper):
    keeper.stop()
    with keeper.keep_alive(claim) as lease:
        assert is_trusted(lease) is False
    assert Job.objects.get().lease_until < timezone.now()


@pytest.mark.parametrize("adopts", [False, True])
def test_trust_begins_before_the_claim(cast, slow, adopts, monkeypatch):
    """A process that is suspended right after its claim resumes with a lease that ended long ago."""
    job = rows.submit_one(cast.owner, slow)
    claim = rows.claim(job, rows.make_node())
    if adopts:
        rows.expire_lease(job)
        claim = adopt_orphan()
    later = time.monotonic() + settings.CONFIG.lease_seconds
    monkeypatch.setattr(leases, "time", SimpleNamespace(monotonic=lambda: later))
    with pytest.raises(LeaseLost):
        Lease(claim).check()
