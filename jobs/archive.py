"""The finished pictures of a batch as one zip file, made while it is sent: nothing is stored or held in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from django.core.files.storage import default_storage
from zipstream import ZipStream

from creator.lib.errors import Refused
from creator.lib.file_names import fit_file_name
from jobs.enums import ArtifactKind
from jobs.models import Artifact, Batch
from jobs.queries import jobs_of, with_pictures

CHUNK = 256 * 1024


def zip_batch(batch: Batch) -> ZipStream:
    """Iterate to get the bytes; `len` tells how many there will be. Pictures are stored, not compressed again.

    Reads every row now, and each file when its turn comes. Raises Refused: `not_found` if no picture is finished,
    `gone` if all were deleted.
    """
    made = ZipStream(sized=True)
    names: set[str] = set()
    jobs = list(with_pictures(jobs_of(batch)))
    for job in jobs:
        for artifact in job.artifacts.all():
            if artifact.kind == ArtifactKind.RESULT:
                name = _unused(job.result_name, names)
                made.add(_content(artifact), name, size=artifact.size)
    if names:
        return made
    if any(job.files_purged_at for job in jobs):
        raise Refused("gone", "The pictures of this batch were deleted when their retention ended.")
    raise Refused("not_found", "No picture of this batch is finished yet.")


def zip_name(batch: Batch) -> str:
    """File name of the archive, such as `pictures-2026-11-28-1f3870be.zip`."""
    return f"pictures-{batch.created_at:%Y-%m-%d}-{str(batch.pk)[:8]}.zip"


def _content(artifact: Artifact) -> Iterator[bytes]:
    with default_storage.open(artifact.key, "rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _unused(name: str, names: set[str]) -> str:
    """`name`, or `photo-cinematic-2.png` and so on if it is taken. Case does not tell names apart on all systems."""
    path, number, unused = PurePosixPath(name), 1, name
    while unused.casefold() in names:
        number += 1
        unused = fit_file_name(path.stem, f"-{number}{path.suffix}")
    names.add(unused.casefold())
    return unused
