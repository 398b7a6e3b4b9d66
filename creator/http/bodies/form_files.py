"""The files of a form, as views find them in `request.FILES`: each on the disk once, in this process's folder."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from creator.http.bodies.spool import TOKEN_LENGTH
from creator.lib.scratch import scratch_folder


class FormFile(TemporaryUploadedFile):
    """A file at `path`, opened when something reads it. It is deleted when the request ends.

    The path has nothing of the sender's name, which may hold NUL or be too long for a path.
    """

    def __init__(self, path: Path, opened: IO[bytes] | None = None, **described: Any) -> None:
        self._path = path
        self._opened = opened
        UploadedFile.__init__(self, size=path.stat().st_size, **described)

    @property
    def file(self) -> IO[bytes]:
        self._opened = self._opened or self._path.open("rb")
        return self._opened

    @file.setter
    def file(self, value: IO[Any] | None) -> None:
        """Django's constructor sets it."""

    def temporary_file_path(self) -> str:
        return str(self._path)

    def close(self) -> None:
        if self._opened:
            self._opened.close()
        self._path.unlink(missing_ok=True)


class FormFileHandler(FileUploadHandler):
    """Django's handler of a form's files. The content of most is a token: `Spool.files` has the path.

    Others are written here, for example those of a request that no door has read.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._begin = b""
        self._written: IO[bytes] | None = None

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keeps what may still be a token; writes what is longer."""
        self._begin += raw_data
        if self._written or len(self._begin) > TOKEN_LENGTH:
            self._write()

    def file_complete(self, file_size: int) -> FormFile:
        described: dict[str, Any] = {
            "name": self.file_name,
            "content_type": self.content_type,
            "charset": self.charset,
            "content_type_extra": self.content_type_extra,
        }
        spool = getattr(self.request, "spool", None)
        if spool and not self._written and (path := spool.files.get(self._begin)):
            return FormFile(path, **described)
        written = self._write()
        written.seek(0)
        return FormFile(Path(written.name), written, **described)

    def _write(self) -> IO[bytes]:
        if self._written is None:
            self._written = NamedTemporaryFile(dir=scratch_folder())  # noqa: SIM115 - FormFile closes it
        self._written.write(self._begin)
        self._begin = b""
        return self._written
