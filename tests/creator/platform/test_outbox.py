"""Deliveries are written in their event's transaction and handed on at least once, one call at a time."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from structlog.testing import capture_logs

from creator.lib.clock import database_now
from creator.lib.errors import Refused
from creator.platform.models import Delivery
from creator.platform.outbox import (
    Postponed,
    TryAgain,
    Undeliverable,
    add_delivery,
    dead_deliveries,
    hand_on_due,
    handing_on,
    handlers,
    lease,
    retry_delivery,
    ring_for_due,
)
from creator.platform.outbox.bell import MOST_RINGS, doorbell
from tests.jobs.execution.running import eventually
from tests.jobs.lifecycle.threads import PATIENCE, together

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


class Receiver:
    """A handler that records every call and then raises `error`, if set."""

    def __init__(self):
        self.calls, self.error = [], None

    def __call__(self, delivery):
        self.calls.append((delivery.event_id, delivery.is_repeat))
        if self.error:
            raise self.error


@pytest.fixture
def receiver(monkeypatch):
    found = Receiver()
    monkeypatch.setitem(handlers._handlers, "test", found)
    return found


@pytest.fixture
def bell(monkeypatch):
    heard = []
    monkeypatch.setattr(doorbell, "ring", lambda times=1: heard.append(times))
    return heard


def add(event_id="e1", destination="there", **fields):
    add_delivery(kind="test", destination=destination, event_id=event_id, payload={"id": 1})
    Delivery.objects.filter(event_id=event_id).update(**fields)
    return Delivery.objects.get(event_id=event_id, destination=destination)


def make_due():
    Delivery.objects.update(due_at=database_now(-1))


def test_a_delivery_is_handed_on_once_and_done(db, receiver):
    row = add()
    assert (hand_on_due(), hand_on_due()) == (1, 0)
    row.refresh_from_db()
    assert (receiver.calls, row.attempts, row.token, row.done_at is None) == ([("e1", False)], 1, None, False)


def test_one_event_goes_once_to_each_destination(db, receiver):
    for destination in ("here", "there", "here"):
        add_delivery(kind="test", destination=destination, event_id="e1", payload={})
    assert sorted(Delivery.objects.values_list("destination", flat=True)) == ["here", "there"]


def test_what_is_rolled_back_leaves_no_delivery_and_rings_for_none(
    db, receiver, bell, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        add()
        transaction.set_rollback(True)
    assert (Delivery.objects.count(), bell) == (0, [])
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        add()
    assert (Delivery.objects.count(), bell) == (1, [1])


def test_a_failure_is_tried_again_later_and_later_with_its_reason(db, receiver):
    row, waits = add(), []
    receiver.error = ConnectionError("nothing listens")
    for number in range(4):
        before = timezone.now()
        assert hand_on_due() == 1
        row.refresh_from_db()
        usual = 5 * 2**number * SECOND
        waits.append((row.due_at - before > 0.74 * usual, row.due_at - timezone.now() < 1.26 * usual))
        assert hand_on_due() == 0
        make_due()
    assert waits == [(True, True)] * 4
    assert (row.last_error, row.attempts, row.token) == ("ConnectionError: nothing listens", 4, None)
    receiver.error = None
    hand_on_due()
    row.refresh_from_db()
    assert (receiver.calls[-1], row.last_error, row.done_at is None) == (("e1", True), "", False)


@pytest.mark.parametrize(("age", "is_dead"), [(2.9 * DAY, False), (3.1 * DAY, True)])
def test_after_three_days_it_is_given_up_and_stays_visible(db, receiver, age, is_dead):
    row = add(created_at=timezone.now() - age)
    receiver.error = ConnectionError()
    with capture_logs() as logs:
        hand_on_due()
    row.refresh_from_db()
    assert (row.dead_at is not None, row.done_at, list(dead_deliveries()) == [row]) == (
        is_dead,
        None,
        is_dead,
    )
    assert ("delivery_dead" in [line["event"] for line in logs]) is is_dead
    make_due()
    assert hand_on_due() == (0 if is_dead else 1)


def test_what_can_never_succeed_is_given_up_at_once(db, receiver):
    row = add()
    receiver.error = Undeliverable("550 no such mailbox")
    hand_on_due()
    row.refresh_from_db()
    assert (row.dead_at is not None, row.attempts) == (True, 1)


def test_staff_try_a_dead_one_again_with_the_same_event_id(
    db, receiver, bell, django_capture_on_commit_callbacks
):
    row = add(dead_at=timezone.now(), created_at=timezone.now() - 9 * DAY, attempts=7)
    bell.clear()
    with django_capture_on_commit_callbacks(execute=True):
        retry_delivery(row.pk)
    receiver.error = ConnectionError()
    hand_on_due()
    row.refresh_from_db()
    assert (receiver.calls, bell, row.dead_at, row.attempts) == ([("e1", True)], [1], None, 8)


@pytest.mark.parametrize(("delivery_id", "code"), [(None, "too_late"), (999_999, "not_found")])
def test_only_a_dead_one_is_tried_again(db, receiver, delivery_id, code):
    row = add()
    with pytest.raises(Refused) as refused:
        retry_delivery(delivery_id or row.pk)
    assert refused.value.code == code


def test_a_worker_that_died_leaves_it_to_the_next_who_is_told_that_it_repeats(db, receiver):
    add()
    assert lease.take_due() is not None  # the worker dies here
    assert (hand_on_due(), receiver.calls) == (0, [])
    make_due()  # its lease has ended
    assert (hand_on_due(), receiver.calls) == (1, [("e1", True)])


def test_a_worker_that_comes_late_changes_nothing(db, receiver):
    add()
    late = lease.take_due()
    make_due()
    hand_on_due()
    before = Delivery.objects.values().get()
    receiver.error = ConnectionError()
    handing_on.hand_on(late)
    assert Delivery.objects.values().get() == before


def test_a_kind_that_this_release_does_not_know_is_left_to_a_newer_one(db):
    add_delivery(kind="pigeon", destination="roof", event_id="e1", payload={})
    hand_on_due()
    row = Delivery.objects.get()
    assert (row.dead_at, row.last_error) == (None, "LookupError: no handler for deliveries of kind pigeon")


def test_one_kind_has_one_handler(receiver):
    handlers.register_handler("test", receiver)
    with pytest.raises(ValueError, match="kind test already have a handler"):
        handlers.register_handler("test", print)


def test_rings_for_what_is_due_and_no_more_often_than_is_of_use(db, receiver, bell):
    for number in range(MOST_RINGS + 3):
        add(f"e{number}")
    add("later", due_at=timezone.now() + DAY)
    bell.clear()
    assert (ring_for_due(), bell) == (MOST_RINGS, [MOST_RINGS])
    Delivery.objects.exclude(event_id="later").update(done_at=timezone.now())
    assert (ring_for_due(), bell[1:]) == (0, [0])


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("delivery_done_or_dead", {"done_at": timezone.now(), "dead_at": timezone.now()}),
        ("delivery_token_while_open", {"done_at": timezone.now(), "token": "0" * 32}),
    ],
)
def test_the_database_refuses_nonsense(db, receiver, constraint, change):
    add()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Delivery.objects.update(**change)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_never_call_for_the_same_row(receiver, monkeypatch):
    monkeypatch.setattr(handing_on, "_threads", threading.BoundedSemaphore(4))
    for number in range(20):
        add(f"e{number}")
    counts = together(*[hand_on_due] * 4)
    assert (sum(counts), sorted(receiver.calls)) == (
        20,
        sorted((f"e{number}", False) for number in range(20)),
    )


@pytest.mark.django_db(transaction=True)
def test_a_call_that_takes_longer_than_the_lease_is_not_begun_twice(monkeypatch):
    monkeypatch.setattr("creator.platform.lease.LEASE_S", 2.0)
    monkeypatch.setattr("creator.platform.lease.RENEW_EVERY_S", 0.1)
    calls, began, go_on = [], threading.Event(), threading.Event()

    def slow(delivery):
        calls.append(delivery.event_id)
        began.set()
        assert go_on.wait(PATIENCE)

    monkeypatch.setitem(handlers._handlers, "test", slow)
    add()

    def second_worker():
        assert began.wait(PATIENCE)
        found, ends = set(), Delivery.objects.get().due_at
        while Delivery.objects.get().due_at < ends + 2.0 * SECOND:
            found.add(bool(lease.take_due()))
        go_on.set()
        return found

    handed, found = together(hand_on_due, second_worker)
    assert (handed, calls, found) == (1, ["e1"], {False})
    assert Delivery.objects.get().done_at is not None


@pytest.mark.django_db(transaction=True)
def test_twin_without_renewal_the_call_is_begun_twice(monkeypatch):
    monkeypatch.setattr("creator.platform.lease.LEASE_S", 0.3)
    monkeypatch.setattr("creator.platform.lease.RENEW_EVERY_S", 60.0)
    add()
    assert lease.take_due() is not None
    eventually(lease.take_due)


def test_only_so_many_threads_of_a_process_hand_on(db, receiver, monkeypatch):
    none_left = threading.BoundedSemaphore(1)
    none_left.acquire()
    monkeypatch.setattr(handing_on, "_threads", none_left)
    add()
    assert (hand_on_due(), receiver.calls) == (0, [])


def test_a_postponed_delivery_is_due_at_its_time_and_counts_as_no_try(db, receiver):
    later = timezone.now() + DAY
    receiver.error = Postponed(later)
    row = add()
    assert (hand_on_due(), hand_on_due()) == (1, 0)
    row.refresh_from_db()
    assert (row.due_at, row.attempts, row.token, row.last_error) == (later, 0, None, "")
    receiver.error = None
    make_due()
    hand_on_due()
    assert receiver.calls == [("e1", False), ("e1", False)]


def test_a_delivery_that_waits_is_not_due_and_rings_for_nobody(
    db, receiver, bell, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        add_delivery(kind="test", destination="there", event_id="e1", payload={}, wait_s=60)
    assert (hand_on_due(), bell) == (0, [])
    wait = Delivery.objects.get().due_at - timezone.now()
    assert timedelta(seconds=50) < wait <= timedelta(seconds=60)


def test_one_call_at_a_time_is_under_way_to_a_destination(db, receiver):
    for number in range(2):
        add(f"e{number}")
    add("e2", destination="elsewhere")
    first, second = lease.take_due(), lease.take_due()
    assert (first.event_id, second.event_id, lease.take_due()) == ("e0", "e2", None)
    handing_on.hand_on(first)
    assert lease.take_due().event_id == "e1"


def test_a_call_that_another_worker_began_just_now_is_waited_for(db, receiver, monkeypatch):
    """It began after this worker had found a message to the same destination, and before it wrote its token."""
    for number in range(2):
        add(f"e{number}")
    others, new_token = Delivery.objects.filter(event_id="e1"), uuid.uuid4

    def begin_other_call():
        if not others.filter(token__isnull=False).exists():
            others.update(token=new_token(), due_at=database_now(60))
        return new_token()

    monkeypatch.setattr(uuid, "uuid4", begin_other_call)
    assert lease.take_due() is None
    others.update(token=None)
    assert Delivery.objects.get(event_id="e0").attempts == 0


def test_a_worker_that_died_blocks_its_destination_no_longer_than_its_lease(db, receiver):
    for number in range(3):
        add(f"e{number}")
    assert lease.take_due().event_id == "e0"
    Delivery.objects.filter(event_id="e0").update(due_at=database_now(-1))
    assert (hand_on_due(), [name for name, _ in receiver.calls]) == (3, ["e0", "e1", "e2"])


def test_the_database_refuses_two_calls_to_one_destination(db, receiver):
    for number in range(2):
        add(f"e{number}")
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.update(token="0" * 32)


def test_a_receiver_may_ask_for_a_longer_pause_and_not_for_a_shorter_one(db, receiver):
    for wait_s, least in ((600, 600), (0.1, 3)):
        row = add(f"e{wait_s}", destination=f"to {wait_s}")
        receiver.error = TryAgain("busy", wait_s)
        before = timezone.now()
        hand_on_due()
        row.refresh_from_db()
        assert least * SECOND <= row.due_at - before < (least + 60) * SECOND


def test_a_kind_with_a_crowd_is_left_to_it(db, receiver, monkeypatch):
    woken = []

    class Watched:
        def wake(self, take, hand_on):
            woken.append(take(None).event_id)

    monkeypatch.setitem(handlers._crowds, "test", Watched())
    add()
    assert hand_on_due() == 0
    handing_on.wake_crowds()
    assert woken == ["e1"]
