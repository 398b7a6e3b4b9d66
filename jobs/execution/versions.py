"""Caches preset versions. They never change, so each process reads and parses each of them once."""

from functools import lru_cache

from jobs.models import Job, PresetVersion

VERSIONS_KEPT = 256


def version_of(job: Job) -> PresetVersion:
    """The preset version that a job runs. Threads share the object, so callers must not change it."""
    return _version(job.preset_version_id, job.need)


@lru_cache(maxsize=VERSIONS_KEPT)
def _version(pk: int, digest: str) -> PresetVersion:
    version = PresetVersion.objects.get(pk=pk)
    assert version.manifest is not None  # parses the manifest before threads share it
    return version


forget_versions = _version.cache_clear
