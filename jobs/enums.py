"""The words of a job's life. Groups are named once, here."""

from django.db import models


class JobStatus(models.TextChoices):
    """Where a job is. The allowed moves are in `jobs.lifecycle.transitions`."""

    QUEUED = "queued", "Queued"
    PROCESSING = "processing", "Rendering"
    COMPLETED = "completed", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


FINAL = (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)
OPEN = (JobStatus.QUEUED, JobStatus.PROCESSING)


class Stage(models.TextChoices):
    """What happens to a processing job; empty in every other status. A staged prompt waits on its node."""

    NONE = "", ""
    STAGED = "staged", "Queued"
    RUNNING = "running", "Rendering"
    SAVING = "saving", "Saving"


class Outcome(models.TextChoices):
    """How an attempt ended; empty while it has not."""

    OPEN = "", "open"
    COMPLETED = "completed", "completed"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"
    LOST = "lost", "lost"


class ArtifactKind(models.TextChoices):
    RESULT = "result", "Result"
    PREVIEW = "preview", "Preview"
    THUMBNAIL = "thumbnail", "Thumbnail"


class NodeState(models.TextChoices):
    """What staff want of a node: new jobs, only the ones it has, none."""

    ACTIVE = "active", "Active"
    DRAINING = "draining", "Draining"
    OFF = "off", "Off"


class ResultFormat(models.TextChoices):
    PNG = "png", "PNG"
    JPEG = "jpeg", "JPEG"
    WEBP = "webp", "WebP"


class FailureCode(models.TextChoices):
    """Why a job failed, for people and programs; the words are what its owner reads."""

    NODE_UNAVAILABLE = "node_unavailable", "No node could run this job."
    NODE_ERROR = "node_error", "The workflow failed on the node."
    OUT_OF_MEMORY = "out_of_memory", "The picture was too large for the node's memory. Try a smaller size."
    TIMEOUT = "timeout", "Making the picture took too long."
    INVALID_WORKFLOW = "invalid_workflow", "The node refused this preset. We have to mend it."
    BAD_OUTPUT = "bad_output", "The node's result was damaged."
    POISON = "poison", "This job stopped more than once what ran it, so we stopped it."
    STORAGE_ERROR = "storage_error", "The result could not be stored."
    INTERNAL_ERROR = "internal_error", "Something broke on our side while making this picture."
