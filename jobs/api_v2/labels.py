"""Labels of jobs (`metadata`): up to 16 names with values, by which a program finds its jobs again."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.db.models import QuerySet

from jobs.api_v2.refusals import ContractRefused
from jobs.models import Job, JobLabel

MOST, MOST_FILTERS = 16, 3
LONGEST_VALUE = 256
KEY = re.compile(r"[A-Za-z0-9_.-]{1,40}")
UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of the text after them."""
RULE = (
    "A key has 1 to 40 letters, digits, _, - or .; a value is text of at most 256 bytes "
    "without control characters and direction marks."
)


def check_labels(given: Mapping[str, object]) -> dict[str, str]:
    """Raises Refused `metadata_invalid`."""
    if len(given) > MOST:
        raise ContractRefused(
            "metadata_invalid", f"A job has at most {MOST} labels; these are {len(given):,}."
        )
    for key, value in given.items():
        if not _is_label(key, value):
            raise ContractRefused("metadata_invalid", f"The label {key[:60]!r} does not fit. {RULE}")
    return {key: str(value) for key, value in given.items()}


def store_labels(job: Job, labels: Mapping[str, str]) -> None:
    JobLabel.objects.bulk_create(JobLabel(job=job, key=key, value=value) for key, value in labels.items())


def labelled(jobs: QuerySet[Job], wanted: Mapping[str, str]) -> QuerySet[Job]:
    """Those of the jobs that have all these labels. Raises Refused `invalid_metadata_filter`."""
    if len(wanted) > MOST_FILTERS:
        message = f"Filter by at most {MOST_FILTERS} labels; these are {len(wanted):,}."
        raise ContractRefused("invalid_metadata_filter", message)
    for key, value in wanted.items():
        if not _is_label(key, value):
            raise ContractRefused(
                "invalid_metadata_filter", f"No label can be {key[:60]!r} like this. {RULE}"
            )
        jobs = jobs.filter(labels__key=key, labels__value=value)
    return jobs


def labels_of(job: Job) -> dict[str, str]:
    return {label.key: label.value for label in job.labels.all()}


def _is_label(key: str, value: object) -> bool:
    return (
        KEY.fullmatch(key) is not None
        and isinstance(value, str)
        and len(value.encode()) <= LONGEST_VALUE
        and UNFIT.search(value) is None
    )
