"""Lists the objects of a storage, whether it is a folder or a bucket."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from django.core.files.storage import FileSystemStorage, Storage


@dataclass(frozen=True)
class StoredObject:
    """A stored object: its key, its size in bytes, and its time of writing as the storage reports it."""

    key: str
    size: int
    written_at: datetime


def list_objects(storage: Storage, folder: str) -> Iterator[StoredObject]:
    """Every object below `folder`, in no particular order. Skips objects that are deleted during the listing.

    Raises the storage's errors, and TypeError for a storage that is neither a folder nor a bucket.
    """
    if isinstance(storage, FileSystemStorage):
        return _in_folder(Path(storage.location), folder)
    if hasattr(storage, "bucket"):
        return _in_bucket(storage, folder)
    raise TypeError(f"{type(storage).__name__} cannot be listed")


def remove_empty_folders(storage: Storage, folder: str, *, before: datetime) -> int:
    """Removes empty folders below `folder` that were last changed before `before`.

    Returns how many; 0 for a bucket.
    """
    if not isinstance(storage, FileSystemStorage):
        return 0
    removed = 0
    for name, _, _ in os.walk(Path(storage.location) / folder, topdown=False):
        path = Path(name)
        if path == Path(storage.location) / folder or path.stat().st_mtime >= before.timestamp():
            continue
        removed += _remove_if_empty(path)
    return removed


def _in_folder(root: Path, folder: str) -> Iterator[StoredObject]:
    for name, _, files in os.walk(root / folder):
        for file in files:
            path = Path(name) / file
            try:
                found = path.stat()
            except FileNotFoundError:
                continue
            written_at = datetime.fromtimestamp(found.st_mtime, UTC)
            yield StoredObject(path.relative_to(root).as_posix(), found.st_size, written_at)


def _in_bucket(storage: Storage, folder: str) -> Iterator[StoredObject]:
    """Lists pages of up to 1000 objects with ListObjectsV2 (Amazon S3 API reference)."""
    bucket = cast(Any, storage)
    base = bucket.location.strip("/")
    prefix = f"{base}/" if base else ""
    pages = bucket.connection.meta.client.get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=bucket.bucket_name, Prefix=f"{prefix}{folder}/"):
        for found in page.get("Contents", ()):
            yield StoredObject(found["Key"].removeprefix(prefix), found["Size"], found["LastModified"])


def _remove_if_empty(path: Path) -> bool:
    try:
        path.rmdir()
    except OSError:
        return False
    return True
