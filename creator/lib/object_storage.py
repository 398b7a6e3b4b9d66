"""Files in a bucket, each by one plain request.

django-storages goes through boto3's resources and its transfer manager: a class made anew and some threads started for
every file, and a session of its own for each thread that ever touches one, which takes a third of a second and some MiB.
Ours are whole files of some MiB, and boto3's clients, unlike its resources, may be shared.
"""

from __future__ import annotations

import shutil
from tempfile import SpooledTemporaryFile
from typing import Any

from botocore.exceptions import ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

from creator.lib.storage_errors import is_missing

KEPT_IN_MEMORY = 16 * 1024 * 1024


class PlainS3Storage(S3Storage):
    """As S3Storage with its defaults: nothing is compressed on the way, at most 5 GiB a file."""

    def _save(self, name: str, content: File[bytes]) -> str:
        """Whatever is under that key already is replaced."""
        key = self._key(name)
        content.seek(0)
        self._client.put_object(
            Bucket=self.bucket_name, Key=key, Body=content, **self._get_write_parameters(key, content)
        )
        return str(clean_name(name))

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        """All of it is here when this returns, in memory or, past KEPT_IN_MEMORY, on disk. FileNotFoundError if there is none."""
        if mode != "rb":
            raise ValueError("Objects are written whole, by save.")
        try:
            body = self._client.get_object(Bucket=self.bucket_name, Key=self._key(name))["Body"]
        except ClientError as error:
            if is_missing(error):
                raise FileNotFoundError(f"File does not exist: {name}") from error
            raise
        # Whoever opens the file closes it.
        copy = SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)  # noqa: SIM115
        with body:
            shutil.copyfileobj(body, copy)
        copy.seek(0)
        return File(copy, name)

    def delete(self, name: str) -> None:
        """No error where there is no such file."""
        self._client.delete_object(Bucket=self.bucket_name, Key=self._key(name))

    def exists(self, name: str) -> bool:
        """Whether there is such a file now."""
        return self._head(name) is not None

    def size(self, name: str) -> int:
        """In bytes. FileNotFoundError if there is none."""
        head = self._head(name)
        if head is None:
            raise FileNotFoundError(f"File does not exist: {name}")
        return int(head["ContentLength"])

    def _head(self, name: str) -> dict[str, Any] | None:
        try:
            head: dict[str, Any] = self._client.head_object(Bucket=self.bucket_name, Key=self._key(name))
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        return head

    def signing_client(self, public_url: str) -> Any:
        """Signs addresses without asking anyone: for `public_url`, where browsers reach the server under another address."""
        if not public_url:
            return self._client
        if not hasattr(self, "_public_client"):
            config = self._client.meta.config
            session = self._create_session()
            self._public_client = session.client(
                "s3", endpoint_url=public_url, region_name=self.region_name, config=config
            )
        return self._public_client

    @property
    def _client(self) -> Any:
        """One for all threads of this process: that of the thread which was the first to ask for the bucket."""
        return self.bucket.meta.client

    def _key(self, name: str) -> str:
        return str(self._normalize_name(clean_name(name)))
