"""Photos as the form that `POST /uploads` takes."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from creator_client.call import Call
from creator_client.models import UploadAnswer

Progress = Callable[[int, int], object]
UPLOAD = Call[UploadAnswer]("POST", "/api/v1/uploads", repeatable=True)
"""The form is written anew for each try; the server compares name and content of the photo, not the form."""


class _Counted(io.FileIO):
    """A file that tells how many of its bytes were read."""

    def __init__(self, path: Path, on_progress: Progress) -> None:
        super().__init__(path)
        self._on_progress, self._size = on_progress, path.stat().st_size

    def read(self, size: int | None = -1, /) -> bytes:
        part = super().read(-1 if size is None else size) or b""
        if part:
            self._on_progress(self.tell(), self._size)
        return part


@contextmanager
def photo_form(photo: str | Path, on_progress: Progress | None = None) -> Iterator[dict[str, Any]]:
    """The form with the open file. Raises OSError if it cannot be read."""
    path = Path(photo)
    with _Counted(path, on_progress) if on_progress else path.open("rb") as file:
        yield {"file": (path.name, file)}
