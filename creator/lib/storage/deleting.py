"""Deletes many stored objects."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from django.core.files.storage import Storage

from creator.lib.storage.listing import list_objects
from creator.lib.storage.writing import drop_unfinished

AT_ONCE = 8


def delete_all(storage: Storage, keys: Iterable[str]) -> int:
    """Deletes the objects, several at a time, and returns how many keys were given. Absent ones do no harm.

    Raises the first error of the storage; the other objects may be deleted or not.
    """
    keys = list(keys)
    if keys:
        with ThreadPoolExecutor(min(AT_ONCE, len(keys))) as pool:
            list(pool.map(storage.delete, keys))
    return len(keys)


def delete_folder(storage: Storage, folder: str) -> int:
    """Deletes all objects below `folder`, unfinished ones too. Returns how many objects there were."""
    drop_unfinished(storage, f"{folder}/")
    return delete_all(storage, [found.key for found in list_objects(storage, folder)])
