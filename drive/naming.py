"""How rows name what sources name, and how results are named."""

from __future__ import annotations

from hashlib import sha256


def key_of(*parts: str) -> str:
    """A digest of fixed length: what sources call a file can be too long for an index."""
    return sha256("\0".join(parts).encode()).hexdigest()
