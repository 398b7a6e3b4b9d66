"""Writes a stored object of any size from front to back, with little memory and no copy on this machine's disk."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast

from django.core.files.storage import FileSystemStorage, Storage

PART = 8 * 1024 * 1024
"""S3 takes at most 10,000 parts of an object, so 78 GiB, and none below 5 MiB but the last."""


@contextmanager
def written(storage: Storage, key: str) -> Iterator[IO[bytes]]:
    """A file to write to. The object exists under `key` after the block, or not at all if the block raises.

    What a process leaves that dies in the block, `drop_unfinished` deletes.
    """
    if isinstance(storage, FileSystemStorage):
        yield from _in_folder(storage, key)
    else:
        yield from _in_bucket(cast(Any, storage), key)


def drop_unfinished(storage: Storage, key: str) -> None:
    """Deletes the beginnings of objects whose key starts with `key`. Nobody may be writing them."""
    if isinstance(storage, FileSystemStorage):
        path = Path(storage.path(key))
        for part in path.parent.glob(f"{path.name}*.part"):
            part.unlink(missing_ok=True)
        return
    bucket = cast(Any, storage)
    where = {"Bucket": bucket.bucket_name}
    begun = bucket.client.list_multipart_uploads(**where, Prefix=bucket.object_key(key))
    for upload in begun.get("Uploads", ()):
        bucket.client.abort_multipart_upload(**where, Key=upload["Key"], UploadId=upload["UploadId"])


def _in_folder(storage: FileSystemStorage, key: str) -> Iterator[IO[bytes]]:
    path = Path(storage.path(key))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _in_bucket(storage: Any, key: str) -> Iterator[IO[bytes]]:
    """A multipart upload (Amazon S3 User Guide, "Uploading and copying objects using multipart upload")."""
    where = {"Bucket": storage.bucket_name, "Key": storage.object_key(key)}
    begun = storage.client.create_multipart_upload(**where, ContentType="application/octet-stream")
    upload = {**where, "UploadId": begun["UploadId"]}
    parts = _Parts(storage.client, upload)
    try:
        yield cast(IO[bytes], parts)
        parts.send()
        storage.client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts.sent})
    except BaseException:
        with suppress(Exception):  # the first error counts; what stays is dropped with its key
            storage.client.abort_multipart_upload(**upload)
        raise


class _Parts(io.RawIOBase):
    """Collects what is written and sends it in parts."""

    def __init__(self, client: Any, upload: dict[str, str]) -> None:
        self._client = client
        self._upload = upload
        self._held = bytearray()
        self.sent: list[dict[str, Any]] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held += data
        while len(self._held) >= PART:
            self.send(PART)
        return len(data)

    def send(self, size: int | None = None) -> None:
        """Sends the first `size` bytes that are held, or all."""
        body = bytes(self._held[:size])
        number = len(self.sent) + 1
        answer = self._client.upload_part(**self._upload, PartNumber=number, Body=body)
        self.sent.append({"PartNumber": number, "ETag": answer["ETag"]})
        del self._held[: len(body)]
