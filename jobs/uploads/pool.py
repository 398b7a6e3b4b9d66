"""The decoders of this installation's photos."""

from django.conf import settings

from jobs.decoders import Pool, shared_pool


def decoders() -> Pool:
    """The pool that all web processes with this DATA_DIR on this machine share."""
    return shared_pool(settings.DATA_DIR / "decoders", tasks="jobs.uploads.tasks")
