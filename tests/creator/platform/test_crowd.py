"""Receivers that hang delay nobody but themselves."""

import threading

import pytest

from creator.platform.models import Delivery
from creator.platform.outbox.crowd import Crowd
from tests.jobs.execution.running import eventually
from tests.jobs.lifecycle.threads import PATIENCE


class Outbox:
    """Deliveries in memory, one call at a time to each destination, as rows have it. `h…` hangs until `go_on`."""

    def __init__(self):
        self.waiting, self.called, self.done = [], [], []
        self.go_on, self.lock = threading.Event(), threading.Lock()

    def add(self, destination, count=1):
        with self.lock:
            self.waiting += [Delivery(destination=destination) for _ in range(count)]

    def take(self, only):
        with self.lock:
            for each in self.waiting:
                if each.destination not in self.called and (only is None or each.destination in only):
                    self.waiting.remove(each)
                    self.called.append(each.destination)
                    return each
        return None

    def hand_on(self, delivery):
        try:
            if delivery.destination.startswith("h"):
                assert self.go_on.wait(PATIENCE)
                return False
            return True
        finally:
            with self.lock:
                self.called.remove(delivery.destination)
                self.done.append(delivery.destination)


@pytest.fixture
def outbox():
    made = Outbox()
    yield made
    made.go_on.set()


def test_all_is_handed_on_however_often_it_rings(outbox):
    crowd = Crowd(at_once=4, kept=1)
    for name in "abcdef":
        outbox.add(name, 20)
    for _ in range(10):
        crowd.wake(outbox.take, outbox.hand_on)
    eventually(lambda: len(outbox.done) == 120)
    eventually(lambda: crowd._threads == 0)
    outbox.add("a")
    crowd.wake(outbox.take, outbox.hand_on)
    eventually(lambda: len(outbox.done) == 121)


def test_as_many_may_hang_as_there_are_threads_but_for_the_kept_ones(outbox):
    crowd = Crowd(at_once=4, kept=1)
    outbox.add("good")
    crowd.wake(outbox.take, outbox.hand_on)
    eventually(lambda: outbox.done == ["good"] and crowd._threads == 0)
    for number in range(50):
        outbox.add(f"h{number}")
    crowd.wake(outbox.take, outbox.hand_on)
    eventually(lambda: len(outbox.called) == 3)
    for number in range(10):  # the kept thread serves the receiver whose last call was prompt
        outbox.add("good")
        crowd.wake(outbox.take, outbox.hand_on)
        eventually(lambda so_far=number + 2: outbox.done.count("good") == so_far)
    assert len(outbox.called) == 3
    outbox.go_on.set()
    eventually(lambda: len(outbox.done) == 61)


def test_twin_without_kept_threads_a_good_receiver_waits_for_those_that_hang(outbox):
    crowd = Crowd(at_once=4, kept=0)
    for number in range(50):
        outbox.add(f"h{number}")
    crowd.wake(outbox.take, outbox.hand_on)
    eventually(lambda: len(outbox.called) == 4)
    outbox.add("good")
    crowd.wake(outbox.take, outbox.hand_on)
    eventually(lambda: not crowd._is_looking)  # and no thread is left that would look
    assert (crowd._threads, len(outbox.called), outbox.done) == (4, 4, [])


def test_a_look_that_fails_ends_its_thread_and_the_next_ring_wakes_another(outbox):
    crowd = Crowd(at_once=2, kept=0)

    def away(_only):
        raise OSError("the database is away")

    crowd.wake(away, outbox.hand_on)
    eventually(lambda: crowd._threads == 0)
    outbox.add("a")
    crowd.wake(outbox.take, outbox.hand_on)
    eventually(lambda: outbox.done == ["a"])


def test_a_call_whose_outcome_cannot_be_recorded_leaves_its_thread_to_others(outbox):
    crowd = Crowd(at_once=1, kept=0)

    def lose(delivery):
        outbox.hand_on(delivery)
        raise OSError("the database is away")

    outbox.add("a", 3)
    crowd.wake(outbox.take, lose)
    eventually(lambda: outbox.done == ["a"] * 3 and crowd._threads == 0)
    assert crowd._unknown == 0
