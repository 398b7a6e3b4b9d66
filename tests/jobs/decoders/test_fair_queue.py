"""Turns are few, one for each person, and go to the person who used least lately."""

from itertools import cycle

from hypothesis import given
from hypothesis import strategies as st

from jobs.decoders.fair_queue import HALF_LIFE_S, FairQueue


def test_never_more_turns_than_slots_and_the_longest_wait_comes_first() -> None:
    queue = FairQueue(slots=2)
    places = [queue.join(person, now) for now, person in enumerate("abc")]
    assert [queue.call(3), queue.call(3), queue.call(3)] == [places[0], places[1], None]
    queue.leave(places[1], 4)
    assert queue.call(4) is places[2]


def test_one_turn_for_each_person_even_if_slots_are_free() -> None:
    queue = FairQueue(slots=4)
    first, second = queue.join("a", 0), queue.join("a", 0)
    assert (queue.call(0), queue.call(0)) == (first, None)
    queue.leave(first, 1)
    assert queue.call(1) is second


def test_many_files_of_one_person_make_another_wait_for_one_turn_only() -> None:
    queue = FairQueue(slots=1)
    flood = [queue.join("flood", 0) for _ in range(30)]
    assert queue.call(0) is flood[0]
    honest = queue.join("honest", 1)
    assert queue.call(1) is None
    queue.leave(flood[0], 5)
    assert queue.call(5) is honest


def test_who_used_less_comes_before_who_has_waited_longer() -> None:
    queue = FairQueue(slots=1)
    for person, seconds in (("much", 9), ("little", 1)):
        place = queue.join(person, 0)
        queue.call(0)
        queue.leave(place, seconds)
    first = queue.join("much", 10)
    second = queue.join("little", 11)
    assert queue.call(12) is second
    queue.leave(second, 13)
    assert queue.call(13) is first


def test_use_is_forgotten() -> None:
    queue = FairQueue(slots=1)
    place = queue.join("a", 0)
    queue.call(0)
    queue.leave(place, 8)
    assert queue.used("a", 8) == 8
    assert queue.used("a", 8 + HALF_LIFE_S) == 4
    assert queue.used("b", 8) == 0


def test_nothing_is_kept_of_people_who_have_gone() -> None:
    queue = FairQueue(slots=1)
    for number in range(1000):
        place = queue.join(f"person {number}", number)
        queue.call(number)
        queue.leave(place, number + 0.001)
    assert (len(queue._used), len(queue._waiting), len(queue._turns)) == (0, 0, 0)


def test_a_place_that_is_given_up_is_passed_over() -> None:
    queue = FairQueue(slots=1)
    gone, stays = queue.join("a", 0), queue.join("b", 1)
    queue.leave(gone, 2)
    assert queue.call(2) is stays


STEPS = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 3), st.booleans()), max_size=80)


@given(STEPS, st.integers(1, 3))
def test_whatever_happens_the_bounds_hold_and_no_slot_stays_empty_for_nothing(
    steps: list[tuple[str, int, bool]], slots: int
) -> None:
    queue, now = FairQueue(slots), 0.0
    waiting, running = [], []
    for person, seconds, leaves in steps:
        now += seconds
        if leaves and running:
            queue.leave(running.pop(0), now)
        else:
            waiting.append(queue.join(person, now))
        while place := queue.call(now):
            waiting.remove(place)
            running.append(place)
        people = [place.person for place in running]
        assert len(people) == len(set(people)) <= slots
        could_begin = {place.person for place in waiting} - set(people)
        assert len(running) == slots or not could_begin


@given(st.lists(st.floats(0.1, 5), min_size=1, max_size=40))
def test_nobody_is_passed_over_for_long(costs: list[float]) -> None:
    """Three people who come again at once, and have used nothing, do not keep out one who has used most."""
    queue, now = FairQueue(slots=1), 0.0
    first = queue.join("greedy", now)
    queue.call(now)
    now = 14.0  # as much as anybody can have used: 10 s / ln 2
    queue.leave(first, now)
    again = queue.join("greedy", now)
    rivals = cycle("abc")
    for person in "abc":
        queue.join(person, now)
    for cost in cycle(costs):
        place = queue.call(now)
        assert place is not None
        if place is again:
            break
        now += cost
        queue.leave(place, now)
        queue.join(next(rivals), now)
    assert now - 14.0 <= 40
