"""Files in a bucket, each read or written with one plain request.

django-storages uses boto3's resources and its transfer manager. Those build a class and start threads for
every file, and open a session in every thread, which takes a third of a second and some MiB. Our files are a
few MiB each, and threads can share boto3's clients, unlike its resources.
"""

from __future__ import annotations

import shutil
from tempfile import SpooledTemporaryFile
from typing import Any

from botocore.exceptions import ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

from creator.lib.storage.errors import is_missing

KEPT_IN_MEMORY = 16 * 1024 * 1024


class PlainS3Storage(S3Storage):
    """As S3Storage with its defaults: no compression, at most 5 GiB per file."""

    def _save(self, name: str, content: File[bytes]) -> str:
        """Replaces an existing file of that name."""
        key = self.object_key(name)
        content.seek(0)
        self.client.put_object(
            Bucket=self.bucket_name, Key=key, Body=content, **self._get_write_parameters(key, content)
        )
        return str(clean_name(name))

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        """Reads the whole file, into memory or, beyond KEPT_IN_MEMORY bytes, to disk.

        Raises FileNotFoundError.
        """
        if mode != "rb":
            raise ValueError("Files can only be opened for reading; write them with save.")
        try:
            body = self.client.get_object(Bucket=self.bucket_name, Key=self.object_key(name))["Body"]
        except ClientError as error:
            if is_missing(error):
                raise FileNotFoundError(f"File does not exist: {name}") from error
            raise
        # The caller closes the file.
        copy = SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)  # noqa: SIM115
        with body:
            shutil.copyfileobj(body, copy)
        copy.seek(0)
        return File(copy, name)

    def delete(self, name: str) -> None:
        """Deletes the file if it exists."""
        self.client.delete_object(Bucket=self.bucket_name, Key=self.object_key(name))

    def exists(self, name: str) -> bool:
        """Whether the file exists."""
        return self._head(name) is not None

    def size(self, name: str) -> int:
        """The file's size in bytes. Raises FileNotFoundError."""
        head = self._head(name)
        if head is None:
            raise FileNotFoundError(f"File does not exist: {name}")
        return int(head["ContentLength"])

    def _head(self, name: str) -> dict[str, Any] | None:
        try:
            head: dict[str, Any] = self.client.head_object(Bucket=self.bucket_name, Key=self.object_key(name))
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        return head

    def signing_client(self, public_url: str) -> Any:
        """A client for signing URLs, which needs no request.

        `public_url`: the server's address for browsers, or empty.
        """
        if not public_url:
            return self.client
        if not hasattr(self, "_public_client"):
            config = self.client.meta.config
            session = self._create_session()
            self._public_client = session.client(
                "s3", endpoint_url=public_url, region_name=self.region_name, config=config
            )
        return self._public_client

    @property
    def client(self) -> Any:
        """One client for all threads of this process."""
        return self.bucket.meta.client

    def object_key(self, name: str) -> str:
        """The object's key in the bucket."""
        return str(self._normalize_name(clean_name(name)))
