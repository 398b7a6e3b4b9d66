"""Tables and the constraints that reject inconsistent rows.

Models only read; `jobs.lifecycle` changes jobs.
"""

from jobs.models.artifact import Artifact
from jobs.models.hour_rollup import HourRollup, RollupMark
from jobs.models.job import Attempt, Batch, Job
from jobs.models.label import JobLabel
from jobs.models.left_file import LeftFile
from jobs.models.node import ABILITIES, Node
from jobs.models.partial_upload import PartialUpload
from jobs.models.preset import Preset, PresetVersion
from jobs.models.progress import JobEvent, JobProgress
from jobs.models.upload import Upload
from jobs.models.user_queue import UserQueue
from jobs.models.webhook import Webhook, WebhookMessage, WebhookTry

__all__ = [
    "ABILITIES",
    "Artifact",
    "Attempt",
    "Batch",
    "HourRollup",
    "Job",
    "JobEvent",
    "JobLabel",
    "JobProgress",
    "LeftFile",
    "Node",
    "PartialUpload",
    "Preset",
    "PresetVersion",
    "RollupMark",
    "Upload",
    "UserQueue",
    "Webhook",
    "WebhookMessage",
    "WebhookTry",
]
