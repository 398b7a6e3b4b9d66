"""A Redis cache that tolerates outages: while Redis is away, it stores and finds nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from django.core.cache.backends.redis import RedisCache

from creator.lib.outages import RedisOutage

log = structlog.get_logger(__name__)


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache. After a failure it leaves Redis alone for a while."""

    _outage = RedisOutage(lambda reason: log.warning("cache_away", reason=reason))

    def add(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._try(lambda: super(ForgivingRedisCache, self).add(*args, **kwargs), True))

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """Also `default` for a value that cannot be read (`creator.lib.json_cache`)."""
        found = self._try(lambda: super(ForgivingRedisCache, self).get(key, default, version), default)
        return default if found is None else found

    def set(self, *args: Any, **kwargs: Any) -> None:
        self._try(lambda: super(ForgivingRedisCache, self).set(*args, **kwargs), None)

    def touch(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._try(lambda: super(ForgivingRedisCache, self).touch(*args, **kwargs), False))

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._try(lambda: super(ForgivingRedisCache, self).delete(*args, **kwargs), False))

    def get_many(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        found: dict[str, Any] = self._try(
            lambda: super(ForgivingRedisCache, self).get_many(*args, **kwargs), {}
        )
        return found

    def set_many(self, data: Any, *args: Any, **kwargs: Any) -> list[str]:
        return list(self._try(lambda: super(ForgivingRedisCache, self).set_many(data, *args, **kwargs), []))

    def delete_many(self, *args: Any, **kwargs: Any) -> None:
        self._try(lambda: super(ForgivingRedisCache, self).delete_many(*args, **kwargs), None)

    def has_key(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._try(lambda: super(ForgivingRedisCache, self).has_key(*args, **kwargs), False))

    def _try(self, call: Callable[[], Any], otherwise: Any) -> Any:
        return self._outage.ask(call, lambda: otherwise)
