"""What the API reads: bodies and queries, each field with its bounds. Parameters are judged by jobs.presets alone."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from creator.api.views import Fields
from jobs.enums import JobStatus, ResultFormat
from jobs.presets.params import MAX_SEED

PAGE_SIZE = 30
MOST_PER_PAGE = 100
LONGEST_SLUG = 50
LONGEST_CURSOR = 200


class JobBody(Fields):
    """The body of `POST /jobs`."""

    preset = serializers.CharField(max_length=LONGEST_SLUG)
    upload_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    parameters = serializers.DictField(required=False, default=dict)
    seed = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=0, max_value=MAX_SEED
    )
    variations = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1)
    output_format = serializers.ChoiceField(
        choices=ResultFormat.choices, required=False, default=ResultFormat.PNG
    )
    reuse = serializers.BooleanField(required=False, default=False)


class BatchBody(JobBody):
    """The body of `POST /batches`: many photos instead of one. How many is the plan's to say."""

    upload_id = None  # type: ignore[assignment]  # REST framework's way to leave a field of the base out
    upload_ids = serializers.ListField(
        child=serializers.UUIDField(), allow_empty=False, max_length=MOST_PER_PAGE
    )
    variations = serializers.IntegerField(required=False, default=1, min_value=1)


class VaryBody(Fields):
    """The body of `POST /jobs/{id}/vary`, which may be left out."""

    seed = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=0, max_value=MAX_SEED
    )


class JobsQuery(Fields):
    """The query of `GET /jobs`."""

    status = serializers.ChoiceField(choices=JobStatus.choices, required=False)
    preset = serializers.CharField(max_length=LONGEST_SLUG, required=False)
    batch = serializers.UUIDField(required=False)
    limit = serializers.IntegerField(min_value=1, max_value=MOST_PER_PAGE, required=False, default=PAGE_SIZE)
    cursor = serializers.CharField(max_length=LONGEST_CURSOR, required=False, default="")


class EventsQuery(Fields):
    """The query of `GET /jobs/{id}/events`."""

    after = serializers.IntegerField(min_value=0, max_value=2**62, required=False)


def read_fields(kind: type[Fields], given: object) -> dict[str, Any]:
    """The checked values. Raises ValidationError, which the API answers with 422 and words for each field."""
    fields = kind(data=given)
    fields.is_valid(raise_exception=True)
    values: dict[str, Any] = fields.validated_data
    return values
