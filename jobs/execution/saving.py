"""From the node's file to the owner's: fetched, decoded, cleaned, stored under the holder's token."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import cast

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from creator.lib.storage_errors import STORAGE_ERRORS
from jobs.comfy import BadOutput, NodeBusyOrBroken, NodeTimeout, NodeUnreachable, OutputFile
from jobs.enums import ArtifactKind
from jobs.execution.derive import (
    EncodedResult,
    ResultFormat,
    derive_preview,
    derive_thumbnail,
    encode_result,
)
from jobs.execution.leases import Lease, LeaseLost
from jobs.execution.patience import patiently, wait_for_storage
from jobs.lifecycle import NewArtifact
from jobs.models import Job
from jobs.nodes import NodeLink

BROKEN_OFF: tuple[type[Exception], ...] = (*STORAGE_ERRORS, LeaseLost)
AWAY = (NodeUnreachable, NodeTimeout, NodeBusyOrBroken)


def save_result(lease: Lease, job: Job, link: NodeLink, file: OutputFile) -> list[NewArtifact]:
    """Result, preview and thumbnail in storage, not yet the job's. Node and storage are asked again for a while.

    Raises BadOutput and other errors of the node, STORAGE_ERRORS, or LeaseLost; then nothing stays in storage.
    """
    content = patiently(lease, lambda: link.client.fetch(file), AWAY)
    kept = job.upload.kept if job.upload and job.owner.keep_copyright else {}
    try:
        encoded = encode_result(content, format=cast(ResultFormat, job.output_format), kept=kept)
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


def delete_files(artifacts: list[NewArtifact]) -> None:
    """Removes files that did not become a result."""
    _delete([artifact.key for artifact in artifacts])


def _delete(keys: list[str]) -> None:
    """Best effort: what stays is under a token that no row names."""
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
    """Under this very key, also after a try that left a part of it: a folder would put a second file beside the first."""
    try:
        default_storage.save(key, ContentFile(content))
    except STORAGE_ERRORS:
        _delete([key])
        raise
