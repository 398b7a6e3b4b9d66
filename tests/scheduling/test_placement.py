from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.scheduling.placement import FreeSlot, QueueHead, pair

START = datetime(2026, 1, 1, tzinfo=UTC)
NEEDS = ("a", "b", "c")
ids = st.integers(1, 10**6).map(lambda number: UUID(int=number))
slots = st.lists(
    st.builds(
        FreeSlot,
        node_id=st.integers(1, 8),
        slot=st.integers(0, 3),
        busy=st.integers(0, 3),
        needs=st.frozensets(st.sampled_from(NEEDS)),
        last_need=st.sampled_from(("", *NEEDS)),
    ),
    max_size=6,
    unique_by=lambda slot: slot.node_id,
)
heads = st.lists(
    st.builds(
        QueueHead,
        job_id=ids,
        owner_id=ids,
        need=st.sampled_from(NEEDS),
        rank_at=st.integers(0, 1000).map(lambda seconds: START + timedelta(seconds=seconds)),
        load=st.sampled_from((0.0, 0.5, 1.0, 2.0)),
        avoid=st.frozensets(st.integers(1, 8), max_size=3),
    ),
    max_size=12,
    unique_by=lambda head: head.job_id,
)
each = settings(max_examples=100, derandomize=True, database=None, deadline=None)


def head(number: int, *, need="a", load=0.0, waited=0, avoid=()) -> QueueHead:
    rank_at = START - timedelta(seconds=waited)
    return QueueHead(UUID(int=number), UUID(int=number + 100), need, rank_at, load, frozenset(avoid))


def slot(node: int, *, needs="abc", busy=0, last="") -> FreeSlot:
    return FreeSlot(node, 0, busy, frozenset(needs), last)


def first(heads, slots):
    chosen = next(pair(heads, slots))
    return chosen.head.job_id.int, chosen.slot.node_id


@each
@given(heads, slots)
def test_a_node_that_lacks_the_need_is_never_chosen(heads, slots):
    assert [p for p in pair(heads, slots) if p.head.need not in p.slot.needs] == []


@each
@given(heads, slots)
def test_every_job_that_some_slot_can_run_is_offered_once_and_no_other(heads, slots):
    able = {head.job_id for head in heads if any(head.need in slot.needs for slot in slots)}
    offered = [p.head.job_id for p in pair(heads, slots)]
    assert (len(offered), set(offered)) == (len(able), able)


@each
@given(heads, slots)
def test_the_least_loaded_comes_first_and_among_equals_the_longest_waiting(heads, slots):
    order = [(p.head.load, p.head.rank_at) for p in pair(heads, slots)]
    assert all(earlier <= later for earlier, later in pairwise(order))


@each
@given(heads, slots)
def test_a_slot_is_never_worse_than_another_that_could_run_the_job(heads, slots):
    def worth(head, slot):
        return (slot.node_id in head.avoid, slot.busy, slot.last_need != head.need)

    for p in pair(heads, slots):
        assert worth(p.head, p.slot) == min(worth(p.head, s) for s in slots if p.head.need in s.needs)


@each
@given(heads, slots, st.randoms())
def test_the_order_of_the_snapshot_does_not_matter(heads, slots, random):
    expected = list(pair(heads, slots))
    random.shuffle(heads)
    random.shuffle(slots)
    assert list(pair(heads, slots)) == expected


def test_waiting_longer_beats_among_users_with_the_same_load():
    assert first([head(1, waited=5), head(2, waited=50)], [slot(1)]) == (2, 1)


def test_a_lower_load_beats_waiting_longer():
    assert first([head(1, load=1.0, waited=500), head(2, load=0.5)], [slot(1)]) == (2, 1)


def test_an_idle_node_beats_one_that_has_the_preset_loaded():
    assert first([head(1)], [slot(1, busy=1, last="a"), slot(2)]) == (1, 2)


def test_among_equally_busy_nodes_the_one_that_ran_the_preset_last():
    assert first([head(1)], [slot(1, last="b"), slot(2, last="a")]) == (1, 2)


def test_a_node_that_failed_the_job_is_the_last_resort_and_still_one():
    assert first([head(1, avoid=[1])], [slot(1), slot(2, busy=3)]) == (1, 2)
    assert first([head(1, avoid=[1])], [slot(1)]) == (1, 1)


def test_nothing_waits_or_nothing_is_free():
    assert list(pair([], [slot(1)])) == []
    assert list(pair([head(1)], [])) == []
