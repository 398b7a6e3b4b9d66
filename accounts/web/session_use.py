"""Notes once a minute when and where a session is used, and signs out one that was ended."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts.models import User
from accounts.sessions import NOTED_EVERY, note_use
from creator.lib.ttl_cache import TTLCache

_noted: TTLCache[str, bool] = TTLCache(NOTED_EVERY.total_seconds())


class SessionUseMiddleware:
    """Looks at the session of each answer that depended on who is signed in; others cost nothing.

    A session that was ended while its row was being read may have come back into the cache; here it ends for good.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        key, user = request.session.session_key, getattr(request, "_cached_user", None)
        if key and isinstance(user, User) and not _noted.get(key, lambda: _note(request, key, user)):
            request.session.flush()
        return response


def _note(request: HttpRequest, key: str, user: User) -> bool:
    return note_use(
        session_key=key,
        user=user,
        address=request.META["REMOTE_ADDR"],
        user_agent=request.headers.get("User-Agent", ""),
    )
