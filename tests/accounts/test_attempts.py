"""How often something may be tried: by address and by person, exactly, and with one count for one secret."""

import uuid
from dataclasses import replace

import pytest
import time_machine

from accounts.attempts import CODES_PER_HOUR, PER_PERSON, Door, count_try
from creator.lib.errors import Refused
from tests.jobs.lifecycle.threads import together

HERE = "192.0.2.1"


def somebody() -> str:
    return f"{uuid.uuid4()}@example.org"


def passed(door: Door, *, address: str = HERE, who: str = "") -> bool:
    try:
        count_try(door, address=address, who=who)
    except Refused:
        return False
    return True


def test_an_address_has_5_tries_a_minute_whomever_they_are_about():
    assert [passed(Door.SIGN_IN, who=somebody()) for _ in range(7)] == [True] * 5 + [False] * 2
    assert passed(Door.SIGN_IN, address="192.0.2.2", who=somebody())


def test_a_person_has_5_tries_a_minute_wherever_they_come_from():
    who = somebody()
    tries = [passed(Door.SIGN_IN, address=f"192.0.2.{number}", who=who) for number in range(7)]
    assert tries == [True] * 5 + [False] * 2
    assert passed(Door.SIGN_IN, address="192.0.2.9", who=somebody())


def test_the_refusal_says_how_long_to_wait_and_is_right():
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        for _ in range(PER_PERSON):
            count_try(Door.SECOND_FACTOR, address=HERE, who="an-id")
        clock.shift(26)
        with pytest.raises(Refused, match=r"Wait 34 seconds, then try again\.") as refused:
            count_try(Door.SECOND_FACTOR, address=HERE, who="an-id")
        assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "34"})
        clock.shift(35)
        assert passed(Door.SECOND_FACTOR, who="an-id")


def test_codes_of_a_person_can_be_guessed_20_times_an_hour():
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        for number in range(CODES_PER_HOUR):
            count_try(Door.SECOND_FACTOR, address=f"198.51.100.{number}", who="a-person", device="a-device")
            clock.shift(30)
        with pytest.raises(Refused, match=r"Wait 50 minutes, then try again\."):
            count_try(Door.SECOND_FACTOR, address="203.0.113.5", who="a-person")
        clock.shift(50 * 60 + 1)
        assert passed(Door.SECOND_FACTOR, who="a-person")


@pytest.mark.parametrize(
    "written", ["Ann@Example.org", " ann@example.org ", "mailto:ann@example.org", "ann＠example.org"]
)
def test_one_address_written_differently_is_one_person(written):
    for number in range(PER_PERSON):
        count_try(Door.RESET, address=f"192.0.2.{number}", who="ann@example.org")
    assert not passed(Door.RESET, address="192.0.2.9", who=written)


def test_one_ipv6_network_is_one_address():
    tries = [passed(Door.SIGN_UP, address=f"2001:db8:0:1::{number:x}") for number in range(7)]
    assert tries == [True] * 5 + [False] * 2
    assert passed(Door.SIGN_UP, address="2001:db8:0:2::1")


def test_one_password_has_one_count_whatever_the_door():
    who, doors = somebody(), (Door.SIGN_IN, Door.TOKEN, Door.ADMIN)
    tries = [
        passed(doors[number % 3], address=f"192.0.2.{number}", who=who) for number in range(PER_PERSON + 1)
    ]
    assert tries == [True] * PER_PERSON + [False]
    assert passed(Door.RESET, who=who)  # other doors guess other things


def test_a_refused_address_uses_up_nothing_of_a_person():
    who = somebody()
    for _ in range(5):
        count_try(Door.SIGN_IN, address=HERE, who=somebody())
    assert [passed(Door.SIGN_IN, who=who) for _ in range(20)] == [False] * 20
    assert [passed(Door.SIGN_IN, address=f"192.0.2.1{number}", who=who) for number in range(5)] == [True] * 5


def test_parallel_tries_pass_no_more_than_the_limit():
    who = somebody()
    calls = [
        lambda number=number: passed(Door.TOKEN, address=f"192.0.2.{number % 50}", who=who)
        for number in range(100)
    ]
    assert sum(together(*calls)) == PER_PERSON


def test_an_address_with_many_people_may_have_more(settings):
    settings.CONFIG = replace(settings.CONFIG, tries_per_address=8)
    assert sum(passed(Door.SIGN_IN, who=somebody()) for _ in range(20)) == 8
