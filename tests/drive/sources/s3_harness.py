"""A prefix of a bucket as the conformance suite uses it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import boto3

from drive.sources.s3 import S3Source


def make_client(services: Mapping[str, str]) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=services["S3_ENDPOINT_URL"],
        aws_access_key_id=services["S3_ACCESS_KEY_ID"],
        aws_secret_access_key=services["S3_SECRET_ACCESS_KEY"],
        region_name="us-east-1",
    )


class S3Harness:
    """Each has a prefix of its own in the bucket of the tests."""

    has_ids = False
    can_be_half = False
    folders_vanish = False
    # The server of the tests stores each object as a file with a longer name, knows no control characters, and
    # checks the signature of another name than was sent if that has `%`.
    refused_names = frozenset({"newline", "255 bytes", "percent"})

    def __init__(self, services: Mapping[str, str]) -> None:
        self.client, self.bucket = make_client(services), services["S3_BUCKET"]
        self.prefix = f"{uuid4()}/"
        self.folder = f"{self.prefix}inbox/"
        self.source = S3Source(self.client, self.bucket, self.prefix)

    def put(self, name: str, content: bytes, folder: str | None = None) -> None:
        key = (self.folder if folder is None else folder) + name
        self.client.put_object(Bucket=self.bucket, Key=key, Body=content)

    def begin(self, name: str, content: bytes) -> Callable[[bytes], None]:
        raise NotImplementedError

    def rename(self, name: str, new: str) -> None:
        self.put(new, self._content(self.folder + name))
        self.delete(name)

    def overwrite(self, name: str, content: bytes) -> None:
        self.put(name, content)

    def delete(self, name: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=self.folder + name)

    def make_folder(self, name: str, parent: str | None = None) -> str:
        return f"{self.prefix if parent is None else parent}{name}/"

    def remove_folder(self) -> None:
        for key in self._keys():
            self.client.delete_object(Bucket=self.bucket, Key=key)

    def contents(self) -> list[tuple[str, bytes]]:
        return sorted((key.removeprefix(self.folder), self._content(key)) for key in self._keys())

    def pass_time(self, seconds: float) -> None:
        pass

    def _keys(self) -> list[str]:
        answer = self.client.list_objects_v2(Bucket=self.bucket, Prefix=self.folder)
        return [item["Key"] for item in answer.get("Contents", ())]

    def _content(self, key: str) -> bytes:
        return bytes(self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read())
