"""The decoders of this installation's results, apart from those of photos: neither waits for the other."""

from django.conf import settings

from jobs.decoders import Pool, shared_pool


def result_decoders() -> Pool:
    """The pool that all workers with this DATA_DIR on this machine share."""
    return shared_pool(settings.DATA_DIR / "decoders", tasks="jobs.results.tasks")
