"""What is known of senders before a body is read: who sends files, how many bytes their plan takes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import import_module
from uuid import UUID

from channels.db import DatabaseSyncToAsync
from django.conf import settings
from django.http import parse_cookie
from django.utils.datastructures import CaseInsensitiveMapping

from accounts.api.authentication import authenticate_headers, shown_secret
from accounts.enums import Scope
from accounts.principals import find_by_session
from billing.plans import PlanLimits, limits_of, way_to_more
from billing.web import webhook
from creator.http.bodies.terms import FORM_OVERHEAD, Headers, Identify, Sender
from creator.lib.bounds import DATABASE_REQUEST_REPLY_S
from creator.lib.postgresql.patience import replies_within
from creator.lib.ttl_cache import TTLCache
from drive.web import ring

REMEMBERED_S = 10.0
"""For so long a key, token or session that has ended can send bytes, and no more: Django checks it for every request."""
FORM_PHOTOS = 10
"""The form without JavaScript takes as many bytes as this many of the largest photos."""
THREADS = 4
SMALL_BODIES = {"/stripe/webhook/": webhook.MOST_BYTES, "/drive/ring/": ring.MOST_BYTES}
"""Bytes that a path accepts if they are fewer than elsewhere."""
PARTS = "/api/v1/uploads/parts/"
Person = tuple[UUID, PlanLimits, str]
"""Who it is, their limits, and how to get larger ones."""
_known: TTLCache[str, Person] = TTLCache(REMEMBERED_S)
_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="senders")


class SignedOut(Exception):
    """The request shows no session that works."""


def sender_of(path: str) -> Identify | None:
    """What identifies the sender, for paths that accept files: one photo or a part of it, or a batch in the form
    without JavaScript.
    """
    if path == "/uploads/":
        return partial(_identify, _by_session, photos=1)
    if path == "/new/":
        return partial(_identify, _by_session, photos=FORM_PHOTOS)
    is_asset = path == "/api/v2/assets" and settings.CONFIG.comfy_api
    if is_asset or path == "/api/v1/uploads" or path.startswith(PARTS):
        return partial(_identify, _by_secret, photos=1)
    return None


async def _identify(
    find: Callable[[Headers, str], Person], headers: Headers, address: str, *, photos: int
) -> Sender | None:
    """Two to four queries, once in REMEMBERED_S per key, token or session."""
    try:
        person, limits, way = await DatabaseSyncToAsync(find, thread_sensitive=False, executor=_pool)(
            headers, address
        )
    except SignedOut:
        return None
    largest_form = min(FORM_PHOTOS, limits.batch_files) * limits.upload_bytes
    files = min(photos * limits.upload_bytes, largest_form)
    return Sender(person, files, at_a_time=largest_form + FORM_OVERHEAD, plan=limits.title, way=way)


def _by_secret(headers: Headers, address: str) -> Person:
    """Raises Refused as the upload itself would: for a key or token that does not work, or may not upload."""
    named = CaseInsensitiveMapping({k.decode("latin-1"): v.decode("latin-1") for k, v in headers.items()})

    def read() -> Person:
        principal = authenticate_headers(named, address, notes_use=False)  # Django notes it
        principal.require(Scope.JOBS_WRITE)
        return _person(principal.user.pk)

    return _known.get(f"secret {shown_secret(named)}", read)


def _by_session(headers: Headers, address: str) -> Person:
    """Raises SignedOut."""
    cookies = parse_cookie(headers.get(b"cookie", b"").decode("latin-1"))
    if not (session_key := cookies.get(settings.SESSION_COOKIE_NAME)):
        raise SignedOut

    def read() -> Person:
        session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
        if not (principal := find_by_session(session)):
            raise SignedOut
        return _person(principal.user.pk)

    return _known.get(f"session {session_key}", read)


@replies_within(DATABASE_REQUEST_REPLY_S)
def _person(owner_id: UUID) -> Person:
    limits = limits_of(owner_id)
    return owner_id, limits, way_to_more("upload_mib", limits)[0]
