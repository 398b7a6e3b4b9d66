"""A plan changes while its owner submits: the queue must end with the limits of the new plan."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from accounts.models import User
from billing.plans import change_plan
from jobs.lifecycle import follow_plan
from jobs.models import UserQueue
from tests.jobs.lifecycle import rows
from tests.jobs.lifecycle.threads import PATIENCE, wait_for_a_lock

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]
FREE, CREATOR, STUDIO = 2, 5, 20


@pytest.fixture
def owner(slow) -> User:
    """A user on the free plan who has a queue row."""
    owner = User.objects.create_user("owner@example.org")
    rows.submit_one(owner, slow)
    return owner


def change_while_it_waits(owner, act, slug) -> int:
    """Run `act` in another thread until it waits for the owner's queue row, then change the plan.

    Return the queue's limit after both.
    """

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
            connection.run_on_commit.clear()  # the queue has followed already
        done.result(PATIENCE)
    return UserQueue.objects.get(pk=owner.pk).limit


def test_a_submit_that_began_before_an_upgrade_does_not_undo_it(owner, slow):
    assert change_while_it_waits(owner, lambda: rows.submit_one(owner, slow), "creator") == CREATOR


def test_of_two_upgrades_the_later_one_counts(owner):
    with transaction.atomic():
        change_plan(owner, "creator")
        connection.run_on_commit.clear()  # the queue does not follow yet
    assert change_while_it_waits(owner, lambda: follow_plan(owner.pk), "studio") == STUDIO
