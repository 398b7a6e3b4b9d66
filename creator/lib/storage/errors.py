"""Errors that a file storage may raise, whether it is a folder or a bucket."""

from __future__ import annotations

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

STORAGE_ERRORS: tuple[type[Exception], ...] = (OSError, BotoCoreError, ClientError, Boto3Error)
"""Folders raise OSError. S3 raises BotoCoreError if a request fails on the way, ClientError for error answers
and Boto3Error from transfers.
"""


def is_missing(error: Exception) -> bool:
    """Whether the storage answered that the file does not exist, so that a retry is pointless."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code")) in ("404", "NoSuchKey", "NotFound")
    return isinstance(error, FileNotFoundError)
