"""Fetches the output file from the node, has it verified and encoded, and stores it under the holder's token."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast

from django.core.files import File
from django.core.files.storage import default_storage

from creator.lib.storage.errors import STORAGE_ERRORS
from jobs.comfy import BadOutput, OutputFile
from jobs.enums import ArtifactKind
from jobs.execution.leases import Lease, LeaseLost
from jobs.execution.outputs import OUTPUT, PHOTO, child_of, copy_file, fetch_output, working_folder
from jobs.execution.retrying import wait_for_storage
from jobs.execution.versions import version_of
from jobs.lifecycle import NewArtifact
from jobs.models import Job
from jobs.nodes import NodeLink
from jobs.results.formats import ResultFormat
from jobs.results.making import Kept, MadeFile, MadeResult, Unreadable, is_transparent, make_result

BROKEN_OFF: tuple[type[Exception], ...] = (*STORAGE_ERRORS, LeaseLost)


def save_result(lease: Lease, job: Job, link: NodeLink, file: OutputFile) -> list[NewArtifact]:
    """Stores result, preview and thumbnail. They become the job's artifacts only when `finish_job` succeeds.

    Retries failed requests to the node and the storage for a while. Raises BadOutput or another ComfyError,
    STORAGE_ERRORS, or LeaseLost; it then deletes the files it stored.
    """
    with working_folder() as folder:
        fetch_output(lease, link, file, folder / OUTPUT)
        made = _make(lease, job, folder / OUTPUT)
        return _store_all(lease, job, made)


def _make(lease: Lease, job: Job, output: Path) -> MadeResult:
    notices = job.upload.notices if job.upload and job.owner.keep_copyright else {}
    format = cast(ResultFormat, job.output_format)
    kept = _find_kept(lease, job, output.parent / PHOTO)
    try:
        return make_result(child_of(lease), output, format=format, notices=notices, kept=kept)
    except Unreadable as error:
        raise BadOutput(detail=f"{output.stat().st_size} bytes: {error}") from error


def _find_kept(lease: Lease, job: Job, photo: Path) -> Kept | None:
    """The transparency of the job's photo, if its preset keeps it."""
    upload, manifest = job.upload, version_of(job).manifest
    if upload is None or not manifest.keeps_transparency:
        return None
    with wait_for_storage(lease, lambda: default_storage.open(upload.key, "rb")) as file:
        stored = cast(BinaryIO, file.file)
        if not is_transparent(stored):
            return None
        copy_file(stored, photo)
    return Kept(photo, manifest.ground)


def _store_all(lease: Lease, job: Job, made: MadeResult) -> list[NewArtifact]:
    folder = f"results/{job.id}/{lease.claim.token}"
    stored: list[NewArtifact] = []
    begun: list[str] = []
    try:
        for kind, file in _kinds(made):
            begun.append(f"{folder}/{file.path.name}")
            stored.append(_store(lease, kind, begun[-1], file))
        lease.check()
    except BROKEN_OFF:
        _delete(begun)
        raise
    return stored


def delete_files(artifacts: list[NewArtifact]) -> None:
    """Deletes files that did not become artifacts."""
    _delete([artifact.key for artifact in artifacts])


def _delete(keys: list[str]) -> None:
    """Best effort. A file that remains is harmless, because its key contains a token that no row has."""
    for key in keys:
        with suppress(*STORAGE_ERRORS):
            default_storage.delete(key)


def _kinds(made: MadeResult) -> Iterator[tuple[ArtifactKind, MadeFile]]:
    yield ArtifactKind.RESULT, made.result
    yield ArtifactKind.PREVIEW, made.preview
    yield ArtifactKind.THUMBNAIL, made.thumbnail


def _store(lease: Lease, kind: ArtifactKind, key: str, file: MadeFile) -> NewArtifact:
    wait_for_storage(lease, lambda: _put(key, file.path))
    with file.path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return NewArtifact(
        kind, key, file.content_type, digest, file.path.stat().st_size, file.width, file.height
    )


def _put(key: str, path: Path) -> None:
    """Saves under exactly this key.

    After an error it deletes a partial file; otherwise the next `save` would pick another name.
    """
    try:
        with path.open("rb") as content:
            default_storage.save(key, File(content))
    except STORAGE_ERRORS:
        _delete([key])
        raise
