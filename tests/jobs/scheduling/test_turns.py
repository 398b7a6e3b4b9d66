import time
from uuid import UUID

from django.utils import timezone

from jobs.scheduling.claims import Turns
from jobs.scheduling.placement import MOST_PASSED, FreeSlot, Pairing, QueueHead

OWNER = UUID(int=9)


def wish(job, node=1, slot=0, passed=()):
    head = QueueHead(UUID(int=job), OWNER, "need", timezone.now())
    return Pairing(head, FreeSlot(node, slot, 0, frozenset({"need"}), ""), tuple(passed))


def free(turns, wanted, **fields):
    with turns.take(wanted, **{"seen_at": time.monotonic(), **fields}) as ours:
        return ours


def test_a_job_and_a_slot_are_in_one_threads_hand_at_a_time():
    turns = Turns()
    with turns.take(wish(1), seen_at=time.monotonic()) as ours:
        taken = [free(turns, wish(*other)) for other in ((1, 2), (2, 1), (2, 1, 1))]
    assert (ours, taken) == (True, [False, False, True])


def test_what_was_decided_after_a_look_is_out_of_date_in_it_and_new_in_the_next():
    turns = Turns()
    before = time.monotonic()
    assert free(turns, wish(1))
    assert not free(turns, wish(1, 2), seen_at=before)
    assert not free(turns, wish(2, 1), seen_at=before)
    assert free(turns, wish(2, 1))


def test_nobody_is_overtaken_more_often_than_allowed_not_even_by_wishes_that_are_lost():
    turns, behind = Turns(), UUID(int=77)
    tries = [free(turns, wish(number, number, passed=[behind])) for number in range(MOST_PASSED + 2)]
    assert tries == [True] * MOST_PASSED + [False] * 2
    assert turns.times_passed(behind) == MOST_PASSED


def test_an_error_while_claiming_gives_the_turn_back():
    turns = Turns()
    try:
        with turns.take(wish(1), seen_at=time.monotonic()):
            raise ConnectionError
    except ConnectionError:
        pass
    assert free(turns, wish(1))
