from __future__ import annotations

import re
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from creator.api.fields import AnswerFields, Fields, whole_address
from creator.http.file_links import file_link, link_expires_at
from creator.lib.file_names import fit_file_name
from jobs.api_v2.schemas.jobs import output_of
from jobs.models import Artifact, Upload

HASH = re.compile(r"blake3:[0-9a-f]{64}")
PREFIX = "blake3:"
PNG = "image/png"
MOST_TAGS = 20


class AssetFields(Fields):
    """What the contract lets a client say of an asset. Photos are kept as long as the plan says, without tags."""

    file_path = serializers.CharField(max_length=1024)
    tags = serializers.ListField(
        child=serializers.CharField(max_length=100), max_length=MOST_TAGS, required=False
    )
    expires_in = serializers.IntegerField(min_value=60, max_value=604_800, required=False)


class AssetForm(AssetFields):
    """The fields of `POST /assets`, beside its `file`."""

    content_type = serializers.CharField(max_length=255)
    expected_hash = serializers.RegexField(HASH, required=False)


class HashBody(AssetFields):
    """The body of `POST /assets/from-hash`."""

    hash = serializers.CharField(max_length=200)
    file_path = serializers.CharField(max_length=1024, required=False)


class AssetAnswer(AnswerFields):
    """A photo, or the result of a job. `hash` is that of the file as it was sent; what is served is the PNG made of it."""

    id = serializers.UUIDField()
    hash = serializers.CharField(allow_null=True)
    size_bytes = serializers.IntegerField()
    content_type = serializers.CharField()
    file_path = serializers.CharField()
    created_new = serializers.BooleanField(required=False)
    created_at = serializers.DateTimeField()
    url = serializers.URLField()
    url_expires_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    job_id = serializers.UUIDField(allow_null=True)


def asset_of_photo(request: Request, photo: Upload) -> dict[str, Any]:
    name = fit_file_name(PurePosixPath(photo.name).stem or "photo", ".png")
    return {
        "id": photo.id,
        "hash": f"{PREFIX}{photo.blake3}" if photo.blake3 else None,
        "size_bytes": photo.size,
        "content_type": PNG,
        "file_path": photo.name,
        "created_at": photo.created_at,
        "url": whole_address(request, file_link(photo.key, name=name)),
        "url_expires_at": link_expires_at(),
        "expires_at": photo.expires_at,
        "job_id": None,
    }


def asset_of_result(request: Request, result: Artifact) -> dict[str, Any]:
    output = output_of(request, result.job, result)
    expiry: datetime | None = result.expires_at
    return output | {"file_path": output["name"], "created_at": result.created_at, "expires_at": expiry}
