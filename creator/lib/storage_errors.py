"""What a storage of files may raise, whichever it is."""

from __future__ import annotations

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

STORAGE_ERRORS: tuple[type[Exception], ...] = (OSError, BotoCoreError, ClientError, Boto3Error)
"""Folders raise OSError, S3 raises what is not one: BotoCoreError on the way there, ClientError for its answers,
Boto3Error from its transfers."""


def is_missing(error: Exception) -> bool:
    """Whether the storage is well and has no such file: asking again changes nothing."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code")) in ("404", "NoSuchKey", "NotFound")
    return isinstance(error, FileNotFoundError)
