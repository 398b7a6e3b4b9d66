"""A secret that is generated once and stored in the data folder."""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile


def read_or_create_secret(path: Path, *, length: int) -> str:
    """Returns the secret in `path`; the first call generates it from `length` random bytes (mode 600).

    The file appears complete or not at all, even on a full disk. If two processes start at once, the first
    one's secret is used by both.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=path.parent, prefix=f"{path.name}-") as draft:
            draft.write(secrets.token_urlsafe(length))
            draft.flush()
            with suppress(FileExistsError):
                path.hardlink_to(draft.name)
    return path.read_text()
