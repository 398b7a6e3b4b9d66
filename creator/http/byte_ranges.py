"""Which part of a file a request asks for (RFC 9110, section 14), so that a download that broke off can go on."""

from __future__ import annotations

import re
from collections.abc import Mapping

from creator.lib.errors import Refused

_ONE = re.compile(r"bytes=(\d{0,99})-(\d{0,99})", re.ASCII)


def asked_range(headers: Mapping[str, str], *, size: int, etag: str) -> range | None:
    """The bytes asked for, or None for the whole file.

    A range of another unit, several ranges, one that makes no sense, one of endless numbers and one of an older version
    of the file
    (`If-Range`) are answered with the whole file, as sections 13.1.5 and 14.2 allow. Raises Refused
    `range_not_satisfiable` for one that begins beyond the end.
    """
    found = _ONE.fullmatch(headers.get("Range", "").strip().lower())
    if not found or headers.get("If-Range", etag) != etag:
        return None
    first, last = found.groups()
    if (not first and not last) or (first and last and int(first) > int(last)):
        return None
    begin = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if begin >= end:
        raise Refused(
            "range_not_satisfiable",
            f"The file has {size:,} bytes, and the part that you asked for lies beyond them.",
            headers={"Content-Range": f"bytes */{size}"},
        )
    return range(begin, end)
