"""Fetches a photo from an address that a person names (`creator.lib.outside`), into the scratch folder."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from urllib.parse import unquote
from uuid import UUID

import structlog

from billing.plans import PlanLimits
from creator.http.bodies.disk import has_room, no_room
from creator.lib.bounds import OUTSIDE_FETCH_S
from creator.lib.database_errors import drop_connection
from creator.lib.errors import Refused
from creator.lib.formatting import count
from creator.lib.open_counts import OpenCounts
from creator.lib.outside import Address, Away, Forbidden, TooLarge, fetch
from creator.lib.scratch import scratch_folder
from jobs.uploads.refusing import naming_the_plan
from jobs.uploads.unfit import refuse, too_many_bytes

log = structlog.get_logger(__name__)
AT_ONCE, OF_ONE_PERSON = 16, 2
"""Fetches in this process: each has a thread that waits for a server we do not know."""
REDIRECTS = 3
RETRY_AFTER = {"Retry-After": "5"}
_open, _lock = OpenCounts(), Lock()


@contextmanager
def fetched(url: str, owner_id: UUID, limits: PlanLimits) -> Iterator[tuple[Path, str]]:
    """The file at `url` and its name; the file is gone after the block. No database connection waits for it.

    Raises Refused: `invalid_parameters` about the field `url`, `body_too_large`, `rate_limited` if other fetches of
    the person are under way, and `service_unavailable`.
    """
    with tempfile.NamedTemporaryFile(dir=scratch_folder()) as file:
        with place_to_fetch(owner_id):
            try:
                found = fetch(
                    url,
                    into=file,
                    most_bytes=limits.upload_bytes,
                    seconds=OUTSIDE_FETCH_S,
                    redirects=REDIRECTS,
                )
            except TooLarge as error:
                refused = refuse("The file", too_many_bytes(limits.upload_bytes))
                raise naming_the_plan(refused, limits) from error
            except (Forbidden, Away) as error:
                log.info("photo_not_fetched", kind=type(error).__name__, reason=str(error))
                message = f"The photo could not be fetched. {error}"
                raise Refused("invalid_parameters", message, {"url": str(error)}) from error
        file.flush()
        yield Path(file.name), _name_of(found)


@contextmanager
def place_to_fetch(owner_id: UUID) -> Iterator[None]:
    """One of the places for photos that wait for a server we do not know. No database connection waits with them.

    Raises Refused: `rate_limited` if other fetches of the person are under way, and `service_unavailable`.
    """
    with _lock:
        if _open[owner_id] >= OF_ONE_PERSON:
            raise Refused(
                "rate_limited",
                f"{count(OF_ONE_PERSON, 'photo')} of yours are being fetched. Wait until one is there, then ask again.",
                headers=RETRY_AFTER,
            )
        if _open[None] >= AT_ONCE:
            raise Refused(
                "service_unavailable",
                "Many photos are being fetched at the moment. Ask again in a few seconds, or send the file.",
                headers=RETRY_AFTER,
            )
        held = _open.hold(owner_id, None)
    try:
        if not has_room():
            raise no_room()
        drop_connection()
        yield
    finally:
        with _lock:
            held.release()


def _name_of(address: Address) -> str:
    """The last part of the path, as people read it."""
    return unquote(address.target.partition("?")[0].rpartition("/")[2]) or "photo"
