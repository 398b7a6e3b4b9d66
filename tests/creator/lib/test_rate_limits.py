"""Counts in any hour: exact under parallel calls, in the process and in a real Redis, and while that is away."""

import time
import uuid

import pytest
import time_machine
from redis import Redis

from creator.lib.own_counts import MOST_KEYS, OwnCounts
from creator.lib.rate_limits import Allowance, Counters, RateLimit
from tests.creator.own_redis import OwnRedis
from tests.jobs.execution.running import eventually
from tests.jobs.lifecycle.threads import together


@pytest.fixture
def alone() -> Counters:
    return Counters("", "test")


@pytest.fixture
def redis(services, tmp_path):
    server = OwnRedis(tmp_path)
    server.start()
    yield server
    server.kill()


def limit(most: int = 3, who: str = "") -> RateLimit:
    return RateLimit("uploads", who or str(uuid.uuid4()), most)


def test_no_more_than_the_limit_counts(alone):
    mine = limit(3)
    assert [alone.take(mine, cost) for cost in (1, 2, 1)] == [True, True, False]
    assert alone.take(limit(3), 1)  # another person


def test_what_does_not_fit_counts_nothing(alone):
    mine = limit(10)
    assert [alone.take(mine, cost) for cost in (8, 3, 11, 2)] == [True, False, False, True]


def test_nothing_is_allowed_at_a_limit_of_0(alone):
    assert not alone.take(limit(0), 1)


def test_the_window_moves(alone):
    mine = limit(2)
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        assert alone.look(mine) == Allowance(2, 2, 0)
        alone.take(mine, 1)
        clock.shift(1800)
        alone.take(mine, 1)
        assert (alone.look(mine), alone.take(mine, 1)) == (Allowance(2, 0, 1800), False)
        clock.shift(1801)
        assert (alone.look(mine).remaining, alone.take(mine, 1), alone.take(mine, 1)) == (1, True, False)


def test_people_who_are_long_gone_take_no_memory():
    counts, options = OwnCounts(), {"most": 1, "period_s": 3600, "cost": 1}
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        counts.take("long", **options | {"period_s": 86_400})
        for who in range(MOST_KEYS - 1):
            counts.take(who, **options)
        clock.shift(3601)
        assert (counts.take("new", **options), len(counts._times)) == (True, 2)
        assert not counts.take("long", **options | {"period_s": 86_400})


def test_parallel_calls_in_one_process_exceed_no_limit(alone):
    mine = limit(7)
    assert sum(together(*[lambda: alone.take(mine, 1)] * 40)) == 7


def test_processes_with_one_redis_count_together(redis):
    mine = limit(7)
    processes = [Counters(redis.address, "site.limit") for _ in range(4)]
    calls = [lambda each=each: each.take(mine, 1) for each in processes * 10]
    assert sum(together(*calls)) == 7
    assert {each.look(mine).remaining for each in processes} == {0}
    assert Counters(redis.address, "another.limit").take(mine, 1)  # installations do not share counts


def test_redis_holds_times_as_text_and_forgets_them(redis):
    Counters(redis.address, "site.limit").take(limit(3), 2)
    with Redis.from_url(redis.address) as client:
        (key,) = client.keys()
        assert key.startswith(b"site.limit")
        assert [abs(float(each) - time.time()) < 60 for each in client.lrange(key, 0, -1)] == [True, True]
        assert 0 < client.ttl(key) <= 3600


def test_without_redis_each_process_counts_for_itself(redis):
    one, other = (Counters(redis.address, "site.limit") for _ in range(2))
    mine = limit(2)
    one.take(mine, 2)
    redis.kill()
    assert [one.take(mine, 1) for _ in range(3)] == [True, True, False]
    assert [other.take(mine, 1) for _ in range(3)] == [True, True, False]
    redis.start()
    fresh = limit(10_000)
    eventually(lambda: one.take(fresh, 1) and _is_shared(redis, fresh))


def _is_shared(redis: OwnRedis, seen: RateLimit) -> bool:
    with Redis.from_url(redis.address) as client:
        return any(seen.who.encode() in key for key in client.scan_iter())
