"""Preset versions by key: they never change, so each is read and parsed once per process."""

from functools import lru_cache

from jobs.models import Job, PresetVersion

VERSIONS_KEPT = 256


def version_of(job: Job) -> PresetVersion:
    """The version that a job runs; shared between threads, nobody changes it."""
    return _version(job.preset_version_id, job.need)


@lru_cache(maxsize=VERSIONS_KEPT)
def _version(pk: int, digest: str) -> PresetVersion:
    version = PresetVersion.objects.get(pk=pk)
    assert version.manifest is not None  # parsed before it is shared
    return version


forget_versions = _version.cache_clear
