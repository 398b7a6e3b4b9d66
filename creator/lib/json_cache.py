"""How values are written into the shared cache: as JSON, which cannot carry code as pickles can (CWE-502)."""

from __future__ import annotations

import json
from typing import Any


class JsonSerializer:
    """Django's Redis cache calls it for every value.

    Numbers stay as they are, so that Redis can count. What reads back as something else than was written,
    such as a tuple or a date, is not for the cache: `dumps` raises TypeError for most of it.
    """

    def dumps(self, value: Any) -> int | str:
        return value if type(value) is int else json.dumps(value, separators=(",", ":"))

    def loads(self, written: bytes) -> Any:
        """None, as if nothing were stored, for what is not JSON: an earlier release wrote pickles."""
        try:
            return json.loads(written)
        except ValueError:
            return None
