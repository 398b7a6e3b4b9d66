"""A plan that changes while its owner submits: the queue ends with the limits of the plan that they have."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from accounts.models import User
from billing.plans import change_plan
from jobs.lifecycle import follow_plan
from jobs.models import UserQueue
from tests.lifecycle import rows
from tests.lifecycle.threads import PATIENCE, wait_for_a_lock

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]
FREE, CREATOR, STUDIO = 2, 5, 20


@pytest.fixture
def owner(slow) -> User:
    """On the free plan, with a queue."""
    owner = User.objects.create_user("owner@example.org")
    rows.submit_one(owner, slow)
    return owner


def change_while_it_waits(owner, act, slug) -> int:
    """`act` begins in another thread and waits for the owner's queue; the plan changes and the queue follows. The limit
    afterwards."""

    def run():
        try:
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            queue = UserQueue.objects.select_for_update().filter(pk=owner.pk)
            assert queue.get().limit == FREE
            done = pool.submit(run)
            wait_for_a_lock()
            change_plan(owner, slug)
            follow_plan(owner.pk)
            connection.run_on_commit.clear()  # it has followed
        done.result(PATIENCE)
    return UserQueue.objects.get(pk=owner.pk).limit


def test_a_submit_that_began_before_an_upgrade_does_not_undo_it(owner, slow):
    assert change_while_it_waits(owner, lambda: rows.submit_one(owner, slow), "creator") == CREATOR


def test_of_two_upgrades_the_later_one_counts(owner):
    with transaction.atomic():
        change_plan(owner, "creator")
        connection.run_on_commit.clear()  # its follower is late
    assert change_while_it_waits(owner, lambda: follow_plan(owner.pk), "studio") == STUDIO
