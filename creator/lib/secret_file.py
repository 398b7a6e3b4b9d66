"""A secret that is made once and kept beside the data."""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile


def kept_secret(path: Path, *, length: int) -> str:
    """The secret in `path`, made of `length` random bytes if there is none yet (mode 600).

    It appears whole or not at all, also on a full disk; of two processes that start at once the first one's is kept.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=path.parent, prefix=f"{path.name}-") as draft:
            draft.write(secrets.token_urlsafe(length))
            draft.flush()
            with suppress(FileExistsError):
                path.hardlink_to(draft.name)
    return path.read_text()
