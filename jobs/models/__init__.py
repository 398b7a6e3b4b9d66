"""Rows and the constraints that refuse nonsense. No behaviour beyond reading: jobs.lifecycle writes."""

from jobs.models.artifact import Artifact
from jobs.models.beat_slot import BeatSlot
from jobs.models.idempotency import IdempotencyKey
from jobs.models.job import Attempt, Batch, Job
from jobs.models.node import Node
from jobs.models.preset import Preset, PresetVersion
from jobs.models.progress import JobEvent, JobProgress
from jobs.models.upload import Upload
from jobs.models.user_queue import UserQueue

__all__ = [
    "Artifact",
    "Attempt",
    "Batch",
    "BeatSlot",
    "IdempotencyKey",
    "Job",
    "JobEvent",
    "JobProgress",
    "Node",
    "Preset",
    "PresetVersion",
    "Upload",
    "UserQueue",
]
