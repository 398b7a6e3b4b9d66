"""Searches an installation for what is left of a person: rows, bucket, Redis, nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import psycopg
import redis

from benchmarks.leaving import Leaver, LeavingProduct
from tests.creator.personal_data.traces import traces_in_rows
from tests.services.s3 import KEY, SECRET
from tests.services.stack import BUCKET

ONE_PIXEL = 200
"""Bytes: an overwritten file on a node is smaller."""


def traces_of(product: LeavingProduct, leaver: Leaver) -> dict[str, list[str]]:
    """Everything of the person that is found, by place."""
    words = leaver.facts["words"]
    with psycopg.connect(product.stack.postgres.url, autocommit=True) as connection:
        rows = traces_in_rows(connection.cursor(), "postgresql", words)
    keys = [key for key in _objects(product) if key.startswith("exports/") or leaver.owns(key)]
    files = [
        str(path)
        for path in (product.folder / "nodes").rglob("*")
        if leaver.owns(str(path)) and _is_file(path)
    ]
    return {
        "in_rows": [*map(str, rows)],
        "in_bucket": keys,
        "in_redis": [*_in_redis(product, words)],
        "on_nodes": files,
    }


def _is_file(path: Path) -> bool:
    """Whether it is more than the one pixel with which files on nodes are overwritten."""
    return path.is_file() and path.stat().st_size > ONE_PIXEL


def _objects(product: LeavingProduct) -> Iterator[str]:
    client = boto3.client(
        "s3",
        endpoint_url=product.stack.s3.url,
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
    )
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        yield from (found["Key"] for found in page.get("Contents", ()))


def _in_redis(product: LeavingProduct, words: list[str]) -> set[str]:
    """Keys whose name or content has one of the words."""
    client: Any = redis.Redis.from_url(product.stack.redis.url)
    read: dict[str, Callable[[Any], Any]] = {
        "string": client.get,
        "hash": client.hgetall,
        "set": client.smembers,
        "list": lambda key: client.lrange(key, 0, -1),
        "zset": lambda key: client.zrange(key, 0, -1),
    }
    found = set()
    for key in client.scan_iter():
        kind = str(client.type(key).decode())
        text = f"{key!r} {read[kind](key)!r}".lower() if kind in read else repr(key)
        found |= {repr(key) for word in words if word.lower() in text}
    return found
