from __future__ import annotations

import uuid
from pathlib import PurePosixPath

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from creator.lib.file_names import fit_file_name
from jobs.comfy import REFUSALS
from jobs.enums import FINAL, WITHOUT_RESULT, JobStatus, Outcome, ResultFormat, Stage
from jobs.presets.sizes import Size, result_size


class Batch(models.Model):
    """The jobs of one request.

    `key` is the idempotency key: a repeated submit with it returns the same batch.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="batches")
    key = models.UUIDField()
    reused: models.ManyToManyField[Job, models.Model] = models.ManyToManyField(
        "Job", related_name="+", help_text="Jobs made before that answer a part of this request."
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="batch_once_per_key")]

    def __str__(self) -> str:
        return str(self.id)


class Job(models.Model):
    """One picture to be made: one preset version, at most one photo, one seed.

    Only `jobs.lifecycle` writes `status`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="jobs", db_index=False
    )  # found by the indexes of lists, as the version is
    preset_version = models.ForeignKey("PresetVersion", models.PROTECT, related_name="jobs", db_index=False)
    upload = models.ForeignKey("Upload", models.SET_NULL, null=True, related_name="jobs")
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="jobs")
    rerun_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="reruns", help_text="The final job this one repeats."
    )
    name = models.CharField(
        max_length=255, help_text="What its owner calls it: the photo's name or the preset's."
    )
    parameters = models.JSONField(default=dict)
    seed = models.PositiveBigIntegerField()
    output_format = models.CharField(max_length=8, choices=ResultFormat, default=ResultFormat.PNG)
    price = models.PositiveIntegerField(help_text="Credits, frozen at submit.")
    fingerprint = models.CharField(
        max_length=64,
        blank=True,
        default="",
        help_text="Digest of all that decides the picture: equal requests have equal ones.",
    )
    files_expire_at = models.DateTimeField(
        null=True, help_text="When its files go: end of the job plus the owner's retention."
    )
    files_purged_at = models.DateTimeField(null=True, help_text="Its files went; the record stays.")
    deleted_at = models.DateTimeField(
        null=True, help_text="Its owner deleted it: it shows nowhere, and goes once its files are gone."
    )

    status = models.CharField(max_length=12, choices=JobStatus, default=JobStatus.QUEUED)
    stage = models.CharField(max_length=8, choices=Stage, default=Stage.NONE, blank=True)
    need = models.CharField(
        max_length=64, help_text="Digest of the preset version: what a node must be able to do."
    )
    pixels = models.PositiveIntegerField(
        default=0,
        db_default=0,
        help_text="Of photo and result, on which its time on a node depends. 0: unknown.",
    )
    rank_at = models.DateTimeField(help_text="Order in the queue: time of submit less the owner's bonus.")
    not_before = models.DateTimeField(null=True)
    faults = models.PositiveSmallIntegerField(
        default=0, help_text="Attempts that an infrastructure fault ended."
    )
    deaths = models.PositiveSmallIntegerField(default=0, help_text="Nodes that died while running this job.")
    lease_until = models.DateTimeField(null=True)
    token = models.UUIDField(
        null=True, help_text="Fences writers: each claim and each adoption makes a new one."
    )
    cancel_requested_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=32, blank=True, default="")
    error_message = models.CharField(max_length=400, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["owner", "need", "rank_at"], name="job_queue", condition=Q(status="queued")),
            models.Index(fields=["lease_until"], name="job_lease", condition=Q(status="processing")),
            models.Index(fields=["owner", "-created_at"], name="job_newest"),
            models.Index(fields=["owner", "status", "-created_at"], name="job_newest_of_status"),
            models.Index(fields=["preset_version", "owner", "-created_at"], name="job_newest_of_version"),
            models.Index(fields=["owner", "rank_at"], name="job_line", condition=Q(status="queued")),
            models.Index(fields=["rank_at"], name="job_oldest", condition=Q(status="queued")),
            models.Index(fields=["owner", "fingerprint"], name="job_same", condition=~Q(fingerprint="")),
            models.Index(fields=["finished_at"], name="job_ended", condition=Q(finished_at__isnull=False)),
            models.Index(fields=["deleted_at"], name="job_deleted", condition=Q(deleted_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                name="job_lease_iff_processing",
                condition=Q(status="processing", lease_until__isnull=False, token__isnull=False)
                | (~Q(status="processing") & Q(lease_until__isnull=True, token__isnull=True)),
            ),
            models.CheckConstraint(
                name="job_stage_iff_processing",
                condition=(Q(status="processing") & ~Q(stage="")) | (~Q(status="processing") & Q(stage="")),
            ),
            models.CheckConstraint(
                name="job_finished_iff_final",
                condition=Q(status__in=FINAL, finished_at__isnull=False)
                | (~Q(status__in=FINAL) & Q(finished_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="job_error_iff_failed",
                condition=(Q(status="failed") & ~Q(error_code="")) | (~Q(status="failed") & Q(error_code="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} in {self.preset_version_id}"

    @property
    def is_final(self) -> bool:
        return self.status in FINAL

    @property
    def shown_seed(self) -> int | None:
        """The seed, or None if the preset has none."""
        return self.seed if self.preset_version.manifest.seed else None

    @property
    def result_size(self) -> Size | None:
        """Width and height in pixels that the result has or will have; None if that is not known."""
        photo = (self.upload.width, self.upload.height) if self.upload else None
        manifest = self.preset_version.manifest
        return result_size(manifest, photo, self.parameters) if photo or not manifest.needs_photo else None

    @property
    def can_vary(self) -> bool:
        """Whether another seed would give another picture."""
        return self.preset_version.manifest.seed_changes(self.parameters)

    @property
    def result_name(self) -> str:
        """File name for the owner, such as `IMG_2041-cinematic.png`."""
        return self.name_result(PurePosixPath(self.name).stem)

    def name_result(self, photo: str) -> str:
        """File name for the result of a photo named `photo`, without its extension."""
        extension = "jpg" if self.output_format == ResultFormat.JPEG else self.output_format
        slug = self.preset_version.preset_id
        ending = f".{extension}" if photo == slug else f"-{slug}.{extension}"
        return fit_file_name(photo or "picture", ending)


PHOTO_SHARED_S = 300


class Attempt(models.Model):
    """One prompt on one node for one job.

    `prompt_id` is committed before the prompt is posted, so an adopter can look it up.
    """

    job = models.ForeignKey(Job, models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    node = models.ForeignKey("Node", models.PROTECT, related_name="attempts")
    slot = models.PositiveSmallIntegerField()
    need = models.CharField(
        max_length=64, blank=True, default="", help_text="The job's, kept here for estimates."
    )
    pixels = models.PositiveIntegerField(
        default=0, db_default=0, help_text="The job's, kept here for estimates."
    )
    warm = models.BooleanField(null=True, help_text="The node ran the same preset version just before.")
    prompt_id = models.UUIDField(unique=True, default=uuid.uuid4)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    execution_started_at = models.DateTimeField(null=True)
    node_done_at = models.DateTimeField(
        null=True, help_text="The node has nothing more to do: its slot is free."
    )
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.OPEN, blank=True)
    gpu_seconds = models.FloatField(null=True)
    previews = models.JSONField(null=True, help_text="Names of its files in the node's temp folder.")
    files_on_node = models.BooleanField(
        db_default=True, default=True, help_text="Its files on the node are not overwritten yet."
    )
    foreign_ahead = models.PositiveIntegerField(
        db_default=0, default=0, help_text="Prompts of other clients before it on its node, as last seen."
    )
    error = models.CharField(
        max_length=40,
        blank=True,
        db_default="",
        default="",
        help_text="What ended it early, named as in docs/when-a-node-dies.md.",
    )
    error_detail = models.CharField(
        max_length=1000,
        blank=True,
        db_default="",
        default="",
        help_text="The node's own words, redacted, for staff.",
    )
    lost_holders = models.PositiveSmallIntegerField(
        db_default=0, help_text="Workers that held it and were heard of no more."
    )

    class Meta:
        ordering = ["number"]
        indexes = [
            models.Index(fields=["need", "-id"], name="attempt_timings", condition=Q(outcome="completed")),
            models.Index(
                fields=["ended_at"], name="attempt_given_up", condition=Q(outcome__in=WITHOUT_RESULT)
            ),
            models.Index(fields=["node"], name="attempt_not_ended", condition=Q(ended_at__isnull=True)),
            models.Index(
                fields=["node"],
                name="attempt_files_on_node",
                condition=Q(files_on_node=True, ended_at__isnull=False),
            ),
            models.Index(fields=["job"], name="attempt_refused", condition=Q(error__in=sorted(REFUSALS))),
        ]
        constraints = [
            models.UniqueConstraint(fields=["job", "number"], name="attempt_number"),
            models.UniqueConstraint(
                fields=["node", "slot"], name="attempt_one_per_slot", condition=Q(node_done_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_id}/{self.number}"

    @property
    def photo_name(self) -> str:
        """The name of the photo's file on the node.

        Attempts of one preset and photo that begin in the same PHOTO_SHARED_S share it, so that the node need
        not work again on what their graphs have in common. Later ones get another name, so that no attempt ever
        begins to use a file that is being overwritten.
        """
        return (
            f"{self.job.upload_id}-{self.need[:8]}-{int(self.created_at.timestamp()) // PHOTO_SHARED_S}.png"
        )

    @property
    def filename_prefix(self) -> str:
        """The prefix of the node's output file.

        Unique per attempt: the file name is predictable, and caches cannot mix results.
        """
        return f"jobs/{self.job_id}/{self.number}/out"
