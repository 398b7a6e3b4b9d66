"""Files in a bucket, each by one plain request.

django-storages goes through boto3's resources and its transfer manager: a class made anew and some threads started for
every file. Of a small job that was a third of all the time that our worker took. Ours are whole files of some MiB.
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

    @property
    def _client(self) -> Any:
        """This thread's own."""
        return self.connection.meta.client

    def _key(self, name: str) -> str:
        return str(self._normalize_name(clean_name(name)))
