"""What lies in Redis is JSON: reading it runs no code, whoever wrote it."""

import json
import pickle
from dataclasses import replace

import pytest
from django.core.cache import cache
from django.test import Client
from redis import Redis

from creator import backends
from creator.lib.json_cache import JsonSerializer
from jobs.models import Job
from jobs.streaming.previews import get_preview, keep_preview
from tests.creator.own_redis import OwnRedis
from tests.jobs.lifecycle import rows

PICTURE = bytes(range(256)) * 40


@pytest.fixture
def redis(services, settings, tmp_path):
    server = OwnRedis(tmp_path)
    server.start()
    settings.CACHES = backends.caches(replace(settings.CONFIG, redis_url=server.address))
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
    with Redis.from_url(server.address) as client:
        yield client
    server.kill()


def test_everything_that_the_product_keeps_there_is_json(redis, client, cast, db):
    """Sessions, previews, the probe of /ready."""
    cast.owner.set_password("correct horse battery")
    cast.owner.save()
    page = Client()
    for password in ("wrong", "wrong again", "correct horse battery"):
        page.post("/accounts/login/", {"login": "owner@example.org", "password": password})
    assert page.get("/home/").status_code == 200
    page.get("/ready")
    job = rows.submit_one(cast.owner, rows.slow_preset())
    rows.claim(job, rows.make_node())
    keep_preview(job.id, PICTURE, "image/webp")
    assert get_preview(Job.objects.get(pk=job.id)).content == PICTURE
    kept = {key.decode().split(":", 2)[2]: redis.get(key) for key in redis.scan_iter()}
    assert {name.partition(":")[0] for name in kept} >= {"health", "preview"}
    assert any(name.startswith("django.contrib.sessions") for name in kept)
    for value in kept.values():
        json.loads(value)


class Trap:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was read",))


def test_a_pickle_is_not_read(redis):
    cache.set("planted", 1)
    (key,) = redis.keys("*planted")
    redis.set(key, pickle.dumps(Trap()))
    assert cache.get("planted", "nothing") == "nothing"


def test_values_of_the_release_before_are_not_met(redis, settings):
    """It wrote pickles under version 1."""
    assert settings.CACHES["default"]["VERSION"] == 2


@pytest.mark.parametrize("value", [0, 7, True, None, 1.5, "", "ü", [1, [2]], {"a": {"b": 1}}, "7"])
def test_what_is_json_comes_back_as_it_was(redis, value):
    cache.set("some", value)
    assert cache.get("some") == value
    assert type(cache.get("some")) is type(value)


@pytest.mark.parametrize("value", [b"bytes", object(), {1, 2}, 1j])
def test_what_is_not_json_is_refused(value):
    with pytest.raises(TypeError):
        JsonSerializer().dumps(value)


def test_numbers_are_counted_by_redis(redis):
    cache.set("count", 5)
    assert (cache.incr("count"), cache.get("count")) == (6, 6)
