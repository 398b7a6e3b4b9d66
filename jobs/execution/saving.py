"""Fetches the output file from the node, verifies and encodes it, and stores it under the holder's token."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import BinaryIO, cast

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from creator.lib.storage.errors import STORAGE_ERRORS
from jobs.comfy import BadOutput, NodeBusyOrBroken, NodeTimeout, NodeUnreachable, OutputFile
from jobs.enums import ArtifactKind
from jobs.execution.encoding import (
    EncodedResult,
    ResultFormat,
    derive_preview,
    derive_thumbnail,
    encode_result,
)
from jobs.execution.leases import Lease, LeaseLost
from jobs.execution.retrying import wait_for_storage, with_retries
from jobs.execution.transparency import Cutout
from jobs.execution.versions import version_of
from jobs.lifecycle import NewArtifact
from jobs.models import Job
from jobs.nodes import NodeLink

BROKEN_OFF: tuple[type[Exception], ...] = (*STORAGE_ERRORS, LeaseLost)
AWAY = (NodeUnreachable, NodeTimeout, NodeBusyOrBroken)


def save_result(lease: Lease, job: Job, link: NodeLink, file: OutputFile) -> list[NewArtifact]:
    """Stores result, preview and thumbnail. They become the job's artifacts only when `finish_job` succeeds.

    Retries failed requests to the node and the storage for a while. Raises BadOutput or another ComfyError,
    STORAGE_ERRORS, or LeaseLost; it then deletes the files it stored.
    """
    content = with_retries(lease, lambda: link.client.fetch(file), AWAY)
    notices = job.upload.notices if job.upload and job.owner.keep_copyright else {}
    format = cast(ResultFormat, job.output_format)
    cutout = _read_cutout(lease, job)
    try:
        encoded = encode_result(content, format=format, notices=notices, cutout=cutout)
    except ValueError as error:
        raise BadOutput(detail=str(error)) from error
    folder = f"results/{job.id}/{lease.claim.token}"
    stored: list[NewArtifact] = []
    begun: list[str] = []
    try:
        for kind, name, content_type, content in _files(encoded):
            begun.append(f"{folder}/{name}")
            stored.append(_store(lease, kind, begun[-1], content_type, content))
        lease.check()
    except BROKEN_OFF:
        _delete(begun)
        raise
    return stored


def _read_cutout(lease: Lease, job: Job) -> Cutout | None:
    """The transparency of the job's photo, if its preset keeps it."""
    upload, manifest = job.upload, version_of(job).manifest
    if upload is None or not manifest.keeps_transparency:
        return None
    with wait_for_storage(lease, lambda: default_storage.open(upload.key, "rb")) as file:
        return Cutout.read(cast(BinaryIO, file.file), manifest.ground)


def delete_files(artifacts: list[NewArtifact]) -> None:
    """Deletes files that did not become artifacts."""
    _delete([artifact.key for artifact in artifacts])


def _delete(keys: list[str]) -> None:
    """Best effort. A file that remains is harmless, because its key contains a token that no row has."""
    for key in keys:
        with suppress(*STORAGE_ERRORS):
            default_storage.delete(key)


def _files(encoded: EncodedResult) -> Iterator[tuple[ArtifactKind, str, str, bytes]]:
    yield ArtifactKind.RESULT, f"result.{encoded.extension}", encoded.content_type, encoded.content
    yield ArtifactKind.PREVIEW, "preview.webp", "image/webp", derive_preview(encoded.image)
    yield ArtifactKind.THUMBNAIL, "thumbnail.webp", "image/webp", derive_thumbnail(encoded.image)


def _store(lease: Lease, kind: ArtifactKind, key: str, content_type: str, content: bytes) -> NewArtifact:
    with Image.open(BytesIO(content)) as image:
        width, height = image.size
    wait_for_storage(lease, lambda: _put(key, content))
    digest = hashlib.sha256(content).hexdigest()
    return NewArtifact(kind, key, content_type, digest, len(content), width, height)


def _put(key: str, content: bytes) -> None:
    """Saves under exactly this key.

    After an error it deletes a partial file; otherwise the next `save` would pick another name.
    """
    try:
        default_storage.save(key, ContentFile(content))
    except STORAGE_ERRORS:
        _delete([key])
        raise
