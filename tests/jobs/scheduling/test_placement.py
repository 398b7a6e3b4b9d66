from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.scheduling.placement import LOOK_AHEAD, MOST_PASSED, FreeSlot, QueueHead, pair

START = datetime(2026, 1, 1, tzinfo=UTC)
NEEDS = ("a", "b", "c")
OWNERS = [UUID(int=number) for number in range(1, 5)]
slots = st.lists(
    st.builds(
        FreeSlot,
        node_id=st.integers(1, 4),
        slot=st.integers(0, 2),
        busy=st.integers(0, 3),
        needs=st.frozensets(st.sampled_from(NEEDS)),
        last_need=st.sampled_from(("", *NEEDS)),
    ),
    max_size=8,
    unique_by=lambda slot: (slot.node_id, slot.slot),
)


@st.composite
def queues(draw):
    """Draw queue heads of a few users. All heads of one user share that user's `running`, `share` and `room`."""
    users = {
        owner: {
            "running": draw(st.integers(0, 3)),
            "share": draw(st.sampled_from((0.5, 1.0, 2.0))),
            "room": draw(st.integers(1, 3)),
        }
        for owner in OWNERS
    }
    heads = []
    for number in range(draw(st.integers(0, 12))):
        owner = draw(st.sampled_from(OWNERS))
        rank_at = START + timedelta(seconds=draw(st.integers(0, 20)))
        avoid = draw(st.frozensets(st.integers(1, 4), max_size=2))
        passed = draw(st.integers(0, MOST_PASSED))
        need = draw(st.sampled_from(NEEDS))
        heads.append(
            QueueHead(
                UUID(int=number + 100), owner, need, rank_at, **users[owner], avoid=avoid, passed=passed
            )
        )
    return heads


each = settings(max_examples=200, derandomize=True, database=None)


def head(number, *, need="a", owner=None, waited=0, **fields) -> QueueHead:
    rank_at = START - timedelta(seconds=waited)
    return QueueHead(UUID(int=number), UUID(int=owner or number + 100), need, rank_at, **fields)


def slot(node, *, number=0, needs="abc", busy=0, last="") -> FreeSlot:
    return FreeSlot(node, number, busy, frozenset(needs), last)


def chosen(heads, slots):
    return [(pairing.head.job_id.int, pairing.slot.node_id) for pairing in pair(heads, slots)]


def replayed(heads, slots):
    """Yield each pairing with the state before it: placeable jobs, free slots, jobs placed per user."""
    waiting, free, given_to = list(heads), list(slots), Counter()
    for pairing in pair(heads, slots):
        able = [h for h in waiting if given_to[h.owner_id] < h.room and any(h.need in s.needs for s in free)]
        yield pairing, able, list(free), Counter(given_to)
        waiting.remove(pairing.head)
        free = [s for s in free if (s.node_id, s.slot) != (pairing.slot.node_id, pairing.slot.slot)]
        given_to[pairing.head.owner_id] += 1


@each
@given(queues(), slots)
def test_no_job_and_no_slot_is_given_twice(heads, slots):
    pairings = list(pair(heads, slots))
    assert len({p.head.job_id for p in pairings}) == len(pairings)
    assert len({(p.slot.node_id, p.slot.slot) for p in pairings}) == len(pairings)


@each
@given(queues(), slots)
def test_a_node_that_lacks_the_need_is_never_chosen(heads, slots):
    assert [p for p in pair(heads, slots) if p.head.need not in p.slot.needs] == []


@each
@given(queues(), slots)
def test_no_user_gets_more_than_the_limit_leaves(heads, slots):
    given_to = Counter(p.head.owner_id for p in pair(heads, slots))
    room = {h.owner_id: h.room for h in heads}
    assert {owner: count for owner, count in given_to.items() if count > room[owner]} == {}


@each
@given(queues(), slots)
def test_nothing_that_could_run_is_left_beside_a_slot_for_it(heads, slots):
    pairings = list(pair(heads, slots))
    given_to = Counter(p.head.owner_id for p in pairings)
    done = {p.head.job_id for p in pairings}
    used = {(p.slot.node_id, p.slot.slot) for p in pairings}
    left = [s for s in slots if (s.node_id, s.slot) not in used]
    idle = [h for h in heads if h.job_id not in done and given_to[h.owner_id] < h.room]
    assert [(h, s) for h in idle for s in left if h.need in s.needs] == []


@each
@given(queues(), slots)
def test_the_least_loaded_comes_first_and_only_for_what_is_loaded_an_equal_goes_before_an_older_job(
    heads, slots
):
    for pairing, able, _, given_to in replayed(heads, slots):

        def place(h, given_to=given_to):
            return (h.running + given_to[h.owner_id]) / h.share, h.rank_at, h.job_id

        order = sorted(able, key=place)
        before = order[: order.index(pairing.head)]
        assert place(pairing.head)[0] == place(order[0])[0]
        assert [h.job_id for h in before if h.need in pairing.slot.needs] == list(pairing.passed)
        assert len(before) <= LOOK_AHEAD


@each
@given(queues(), slots)
def test_who_was_passed_often_enough_is_passed_no_more(heads, slots):
    passed = Counter({h.job_id: h.passed for h in heads})
    passed.update(job_id for p in pair(heads, slots) for job_id in p.passed)
    assert {job_id: count for job_id, count in passed.items() if count > MOST_PASSED} == {}


@each
@given(queues(), slots)
def test_a_slot_is_never_worse_than_another_that_could_run_the_job(heads, slots):
    def worth(h, s):
        return s.node_id in h.avoid, s.busy

    for pairing, able, free, _ in replayed(heads, slots):
        if not pairing.passed and pairing.head == able[0]:
            best = min(worth(pairing.head, s) for s in free if pairing.head.need in s.needs)
            assert worth(pairing.head, pairing.slot) == best


@each
@given(queues(), slots, st.randoms())
def test_the_order_of_the_snapshot_does_not_matter(heads, slots, random):
    expected = list(pair(heads, slots))
    random.shuffle(heads)
    random.shuffle(slots)
    assert list(pair(heads, slots)) == expected


def test_waiting_longer_beats_among_users_with_the_same_load():
    assert chosen([head(1, waited=5), head(2, waited=50)], [slot(1)]) == [(2, 1)]


def test_a_lower_load_beats_waiting_longer():
    heavy, light = head(1, running=1, waited=500), head(2, running=1, share=2.0)
    assert chosen([heavy, light], [slot(1)]) == [(2, 1)]


def test_each_wish_counts_as_granted_so_users_take_turns():
    heads = [head(n, owner=1, room=9, waited=50 - n) for n in (1, 2, 3)]
    heads += [head(n, owner=2, room=9) for n in (4, 5)]
    free = [slot(1, number=n, busy=n) for n in range(5)]
    assert [job for job, _ in chosen(heads, free)] == [1, 4, 2, 5, 3]


def test_an_idle_node_beats_one_that_has_the_preset_loaded():
    assert chosen([head(1)], [slot(1, busy=1, last="a"), slot(2)]) == [(1, 2)]


def test_among_equally_busy_nodes_the_one_that_ran_the_preset_last():
    assert chosen([head(1)], [slot(1, last="b"), slot(2, last="a")]) == [(1, 2)]


def test_a_node_that_failed_the_job_is_the_last_resort_and_still_one():
    assert chosen([head(1, avoid=frozenset([1]))], [slot(1), slot(2, busy=3)]) == [(1, 2)]
    assert chosen([head(1, avoid=frozenset([1]))], [slot(1)]) == [(1, 1)]


def test_an_equal_whose_preset_is_loaded_goes_first_and_the_head_takes_the_next_slot():
    heads = [head(1, waited=9), head(2, need="b")]
    assert chosen(heads, [slot(1, last="b"), slot(2, last="b")]) == [(2, 1), (1, 2)]


def test_nobody_with_a_higher_load_goes_first_for_what_is_loaded():
    heads = [head(1, waited=9), head(2, need="b", running=1)]
    assert chosen(heads, [slot(1, last="b")]) == [(1, 1)]


def test_a_second_prompt_follows_what_is_staged_before_it():
    heads = [head(1, waited=9), head(2, need="b", waited=8), head(3, waited=7)]
    assert [job for job, _ in chosen(heads, [slot(1), slot(1, number=1, busy=1)])] == [1, 3]


def test_a_head_is_overtaken_at_most_so_often_however_many_come_after_it():
    """A node has `b` loaded and new users keep submitting `b` jobs. The waiting job that needs `a` still starts."""
    waiting, counts, started, last = head(1, waited=999), Counter(), [], "b"
    for number in range(2, 50):
        heads = [replace(waiting, passed=counts[1]), head(number, need="b"), head(number + 100, need="b")]
        first = next(pair(heads, [slot(1, last=last)]))
        counts.update(job_id.int for job_id in first.passed)
        started.append(first.head.job_id.int)
        if started[-1] == 1:
            break
    assert (len(started), started[-1]) == (MOST_PASSED + 1, 1)


def test_nothing_waits_or_nothing_is_free():
    assert chosen([], [slot(1)]) == []
    assert chosen([head(1)], []) == []


class Rounds:
    """Simulates nodes that run one prompt per round and have a second one staged.

    `line` holds the waiting jobs, each user's in order.
    """

    def __init__(self, nodes, line):
        self.prompts = {node: [] for node in range(nodes)}
        self.loaded, self.passed, self.line = {}, Counter(), line

    def fill(self):
        running = Counter(h.owner_id for prompts in self.prompts.values() for h in prompts)
        seen = [
            replace(h, running=running[h.owner_id], room=20, passed=self.passed[h.job_id])
            for owner in {h.owner_id for h in self.line}
            for h in [each for each in self.line if each.owner_id == owner][:16]
        ]
        free = [
            slot(node, number=number, busy=number, last=self.loaded.get(node, ""))
            for node, prompts in self.prompts.items()
            for number in range(len(prompts), 2)
        ]
        for pairing in pair(seen, free):
            self.prompts[pairing.slot.node_id].append(pairing.head)
            self.loaded[pairing.slot.node_id] = pairing.head.need
            self.passed.update(pairing.passed)
            self.line = [h for h in self.line if h.job_id != pairing.head.job_id]

    def run(self):
        for prompts in self.prompts.values():
            del prompts[:1]

    def running(self):
        return {prompts[0].job_id.int for prompts in self.prompts.values() if prompts}


@each
@given(st.integers(1, 6), st.integers(0, 3), st.lists(st.sampled_from(NEEDS), min_size=60, max_size=60))
def test_a_user_with_one_job_waits_at_most_two_job_lengths_behind_another_with_500(nodes, arrival, mix):
    line = [head(n, owner=1, need=mix[n % 60], waited=9000 - n) for n in range(2, 502)]
    rounds = Rounds(nodes, line)
    for _ in range(arrival):
        rounds.fill()
        rounds.run()
    rounds.fill()
    rounds.line.append(head(1, owner=2))
    waited = 0
    while 1 not in rounds.running():
        rounds.run()
        rounds.fill()
        waited += 1
    assert waited == 2
