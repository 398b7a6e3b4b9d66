"""The enumerations of jobs, attempts and nodes, and the groups FINAL, OPEN, WITHOUT_RESULT and UNFINISHED.

The comment above each value says who sets it and what happens to it after a crash.
"""

from django.db import models


class JobStatus(models.TextChoices):
    """Where a job is in its life.

    `jobs.lifecycle.transitions` lists the allowed moves; database triggers reject all others.
    """

    # Set by a submit, and by the holder when it requeues the job. No worker holds it, so a crash changes
    # nothing: any worker may claim it, and the sweep rings for it each second.
    QUEUED = "queued", "Queued"
    # Set by the worker that claims the job. If that worker crashes, its lease ends and another worker adopts
    # the job with the same attempt and prompt. A job that loses too many holders fails as poison.
    PROCESSING = "processing", "Rendering"
    # Set by the holder, in the transaction that stores the artifacts' rows and settles the hold. Final: it
    # never changes. If the holder crashes before that commit, the job is still processing and is adopted.
    COMPLETED = "completed", "Done"
    # Set by the holder, or by the sweep for a job that waited too long while no node could run it. Releases
    # the hold. Final, except for UNFINISHED: staff may complete such a job, free of charge.
    FAILED = "failed", "Failed"
    # Set by the owner's cancel of a queued job. For a processing job the cancel is only a request, stored on
    # the row: the holder sets this status, and after a crash the adopter does. Releases the hold. Final.
    CANCELLED = "cancelled", "Cancelled"


FINAL = (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)
OPEN = (JobStatus.QUEUED, JobStatus.PROCESSING)


class Stage(models.TextChoices):
    """What happens to a processing job. A crash does not change the stage; the adopter goes on from it."""

    # Set by every move out of processing: a job in any other status has no stage.
    NONE = "", ""
    # Set by the claim: the prompt is being handed to its node or waits there behind another one. After a
    # crash the adopter looks the prompt up on the node and watches it. If the node does not know it, the job
    # is queued again.
    STAGED = "staged", "Queued"
    # Set by the holder when the node begins to execute the prompt. After a crash the adopter watches the
    # prompt over HTTP. If the node has lost it and left no finished file, the job is queued again; this uses
    # up no try.
    RUNNING = "running", "Rendering"
    # Set by the holder when the node has finished the prompt; the slot is free from here on. After a crash
    # the adopter fetches the output again and stores it under its own token.
    SAVING = "saving", "Saving"


class Outcome(models.TextChoices):
    """How an attempt ended. Once set, it does not change."""

    # Set by the claim, which inserts the attempt. A crash leaves it open: the adopter continues it.
    OPEN = "", "open"
    # Set by the holder when it completes the job.
    COMPLETED = "completed", "completed"
    # Set by the holder when an error ended the attempt; the job failed or was queued again.
    FAILED = "failed", "failed"
    # Set by the holder when the owner cancelled the job, or when it recalled the staged prompt and queued the
    # job again.
    CANCELLED = "cancelled", "cancelled"
    # Set by the holder when the node is gone, lost the prompt or never took it; and by the sweep when it
    # frees a slot that an open attempt still takes although its job has moved on.
    LOST = "lost", "lost"


WITHOUT_RESULT = (Outcome.FAILED, Outcome.CANCELLED, Outcome.LOST)


class ArtifactKind(models.TextChoices):
    RESULT = "result", "Result"
    PREVIEW = "preview", "Preview"
    THUMBNAIL = "thumbnail", "Thumbnail"


class NodeState(models.TextChoices):
    """Which jobs a node may get. No crash changes it: the health of a node is in other columns of its row."""

    # Set when the node is registered, and by `manage.py nodes enable`. It gets new jobs unless its breaker
    # has closed it.
    ACTIVE = "active", "Active"
    # Set by `manage.py nodes drain`. It finishes the running prompt and gets no new jobs; staged prompts are
    # recalled. Health checks continue. Stays until staff change it.
    DRAINING = "draining", "Draining"
    # Set by `manage.py nodes remove` for a node that has attempts, and for our own CPU nodes when they are
    # stopped. As draining, but without health checks. Stays until staff enable the node or a new start uses
    # its name again.
    OFF = "off", "Off"


class ResultFormat(models.TextChoices):
    PNG = "png", "PNG"
    JPEG = "jpeg", "JPEG"
    WEBP = "webp", "WebP"


class FailureCode(models.TextChoices):
    """Why a job failed. Programs read the code; the owner of the job reads the label."""

    NODE_UNAVAILABLE = "node_unavailable", "No node could run this job."
    NODE_ERROR = "node_error", "A step of this preset failed on the node."
    OUT_OF_MEMORY = "out_of_memory", "The node's memory was too small for this picture. Try a smaller size."
    PHOTO_TOO_LARGE = "photo_too_large", "This photo is larger than our nodes accept. Try a smaller one."
    INTERRUPTED = "interrupted", "This picture was stopped on its node several times, not by you."
    TIMEOUT = "timeout", "Making the picture took too long."
    INVALID_WORKFLOW = "invalid_workflow", "The node rejected this preset. We need to fix it."
    BAD_OUTPUT = "bad_output", "The node returned a damaged picture."
    POISON = "poison", "We stopped this job because the machines that ran it failed more than once."
    UNSAVED = "unsaved", "We made the picture but could not save it. We may still be able to finish it."
    STORAGE_ERROR = "storage_error", "We could not store the finished picture."
    INTERNAL_ERROR = "internal_error", "Something went wrong on our side while making this picture."


UNFINISHED = (FailureCode.UNSAVED, FailureCode.STORAGE_ERROR)
"""Failures of jobs whose picture was made and is still on its node."""


class EventType(models.TextChoices):
    """What webhooks and the feed of events tell of. The label is for people."""

    JOB_QUEUED = "job.queued", "A job began to wait"
    JOB_PROCESSING = "job.processing", "A node took a job"
    JOB_COMPLETED = "job.completed", "A picture is done"
    JOB_FAILED = "job.failed", "A picture could not be made"
    JOB_CANCELLED = "job.cancelled", "A job was cancelled"
    BATCH_COMPLETED = "batch.completed", "The last job of a batch ended"
    CREDITS_LOW = "credits.low", "The credits or jobs of a period are nearly used up"
    TEST = "test", "You asked for a test"


class WebhookEnd(models.TextChoices):
    """Why a webhook is disabled."""

    PERSON = "person", "You disabled it."
    GONE = "gone", "It answered 410 Gone."
    FAILING = "failing", "It took no message for a week."
