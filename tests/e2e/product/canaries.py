"""Secrets that a test puts into the product, and where it looks for them afterwards."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote

from redis import Redis

from tests.e2e.product.serving import Product

SESSIONS = """
import json
from django.contrib.sessions.models import Session
print(json.dumps([each.get_decoded() for each in Session.objects.all()], default=str))
"""


class Canaries:
    """`put` names a secret; `found` says where any of them is."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}

    def put(self, name: str, secret: str) -> str:
        assert len(secret) >= 8, f"{name} is too short to be told from other text: {secret!r}"
        self.secrets[name] = secret
        return secret

    def found(self, places: Iterator[tuple[str, bytes]]) -> set[tuple[str, str]]:
        """The name of each secret that lies in clear somewhere, and of that place."""
        ways = {name: {each.encode() for each in _ways_to_write(text)} for name, text in self.secrets.items()}
        return {
            (name, place)
            for place, text in places
            for name, written in ways.items()
            if any(w in text for w in written)
        }


def _ways_to_write(text: str) -> set[str]:
    return {text, quote(text), quote(text, safe=""), json.dumps(text)[1:-1], repr(text)[1:-1]}


def places_of(product: Product, redis_url: str) -> Iterator[tuple[str, bytes]]:
    """Everything that the product has written: logs, files, each column of each table, sessions decoded, Redis."""
    for path in product.data_dir.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes()
    yield from _columns(product)
    yield "sessions, decoded", product.manage("shell", "--no-imports", "-c", SESSIONS).encode()
    with Redis.from_url(redis_url) as redis:
        for key in redis.scan_iter():
            yield "a key of Redis", key
            yield "Redis", str(_read(redis, key)).encode()


def _columns(product: Product) -> Iterator[tuple[str, bytes]]:
    with closing(sqlite3.connect(product.data_dir / "creator.sqlite3", timeout=20)) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            rows = database.execute(f'SELECT * FROM "{table}"')
            columns = [each[0] for each in rows.description]
            for row in rows:
                for column, value in zip(columns, row, strict=True):
                    yield f"{table}.{column}", value if isinstance(value, bytes) else str(value).encode()


def _read(redis: Redis, key: bytes) -> object:
    kinds = {
        b"string": redis.get,
        b"list": lambda name: redis.lrange(name, 0, -1),
        b"zset": lambda name: redis.zrange(name, 0, -1),
    }
    kind = redis.type(key)
    return kinds[kind](key) if kind in kinds else redis.dump(key)
