from collections import Counter

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from creator.config import Environment
from creator.management.commands.seed import OTHER, OWNER, RECIPES, STAFF
from jobs.lifecycle import adopt_orphan
from jobs.models import Job, Upload, UserQueue
from jobs.scheduling import read_wishes, sweep

EVERY_STATE = {
    ("queued", ""): 2,
    ("processing", "staged"): 1,
    ("processing", "running"): 2,
    ("processing", "saving"): 1,
    ("completed", ""): 6,
    ("failed", ""): 2,
    ("cancelled", ""): 2,
}


@pytest.fixture
def seeded(db):
    call_command("seed", jobs=len(RECIPES))


def states() -> Counter:
    return Counter(Job.objects.filter(owner__email=OWNER).values_list("status", "stage"))


def test_seed_makes_people_and_jobs_in_every_state(seeded):
    assert states() == EVERY_STATE
    assert set(User.objects.values_list("email", "is_staff")) == {
        (OWNER, False),
        (OTHER, False),
        (STAFF, True),
    }
    assert Job.objects.get(owner__email=OTHER).status == "completed"
    counts = UserQueue.objects.filter(owner__email=OWNER).values_list("queued", "running")
    assert list(counts) == [(2, 4)]


def test_a_second_seed_adds_only_what_is_missing(seeded):
    before = states(), set(Job.objects.values_list("pk", "status")), Upload.objects.count()
    call_command("seed", jobs=len(RECIPES))
    assert (states(), set(Job.objects.values_list("pk", "status")), Upload.objects.count()) == before
    call_command("seed", jobs=len(RECIPES) + 1)
    assert states()[("queued", "")] == 3


def test_nothing_seeded_is_ever_run(seeded, registered_node):
    assert (sweep(), list(read_wishes()), adopt_orphan()) == (0, [], None)
    assert states() == EVERY_STATE


def test_only_machines_of_ones_own_are_seeded(db, monkeypatch):
    monkeypatch.setattr("creator.management.commands.seed.SEEDED", (Environment.LOCAL,))
    with pytest.raises(CommandError, match="Only the local and test profiles are seeded"):
        call_command("seed")
    assert User.objects.count() == 0
