from dataclasses import replace

import pytest

from creator.lib import ttl_cache
from creator.lib.ttl_cache import TTLCache, clear_all


@pytest.fixture
def clock(monkeypatch, settings):
    """Leaves the `test` profile and freezes the clock; add seconds to `clock[0]` to advance it."""
    settings.CONFIG = replace(settings.CONFIG, environment="local")
    now = [100.0]
    monkeypatch.setattr(ttl_cache.time, "monotonic", lambda: now[0])
    return now


def test_a_value_is_read_again_only_when_it_is_too_old(clock):
    values = TTLCache(2.0)
    read = iter("abc").__next__
    assert [values.get("key", read), values.get("key", read)] == ["a", "a"]
    clock[0] += 1.9
    assert values.get("key", read) == "a"
    clock[0] += 0.2
    assert [values.get("key", read), values.get("other", read)] == ["b", "c"]


def test_what_is_forgotten_is_read_again(clock):
    values = TTLCache(2.0)
    read = iter("ab").__next__
    assert values.get("key", read) == "a"
    values.clear()
    assert values.get("key", read) == "b"


def test_what_was_read_elsewhere_is_kept_and_one_key_is_dropped(clock):
    values = TTLCache(2.0)
    for key in ("one", "two"):
        values.put(key, "old")
    values.drop("one")
    values.drop("nothing")
    assert [values.get(key, lambda: "new") for key in ("one", "two")] == ["new", "old"]


def test_no_more_is_kept_than_fits(clock, monkeypatch):
    monkeypatch.setattr(ttl_cache, "MAX_ENTRIES", 2)
    values = TTLCache(2.0)
    for key in range(3):
        values.get(key, lambda: "old")
    assert [values.get(key, lambda: "new") for key in (2, 0)] == ["old", "new"]


def test_every_cache_can_be_emptied_at_once(clock):
    caches = [TTLCache(2.0) for _ in range(2)]
    read = iter("abcd").__next__
    before = [each.get("key", read) for each in caches]
    clear_all()
    assert (before, [each.get("key", read) for each in caches]) == (["a", "b"], ["c", "d"])
