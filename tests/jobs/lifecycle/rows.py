"""Rows for tests of the engine: a preset that needs no photo and no model, photos, nodes, jobs and claims."""

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.forms.models import model_to_dict
from django.utils import timezone

from creator.lib.ttl_cache import clear_all
from jobs.catalogue import OfferedPreset, get_offered, import_preset
from jobs.enums import FINAL
from jobs.lifecycle import Claim, JobRequest, claim_job, submit_batch
from jobs.lifecycle.transitions import follow_move, move_job
from jobs.models import Artifact, Attempt, Job, JobEvent, JobProgress, Node, Upload, UserQueue
from jobs.presets.manifest import from_json
from jobs.presets.shipped import ShippedPreset, digest_of

CLASSES = ["EmptyImage", "SaveImage", "TestSlowSteps"]


def slow_preset(
    slug: str = "slow", *, run_timeout_s: int = 60, test_class: str = "TestSlowSteps"
) -> OfferedPreset:
    """Offer a preset that makes a 32 × 24 picture after `seconds` in 100 steps. No seed's prompt is cached yet."""
    manifest = from_json(_manifest(slug, run_timeout_s, test_class))
    workflow = _workflow(test_class)
    import_preset(ShippedPreset(manifest, workflow, digest_of(manifest, workflow)))
    # As if some node could run it now: tests decide afterwards which nodes exist.
    return replace(get_offered(slug), takes_jobs=True)


def make_upload(owner: Any, **fields: Any) -> Upload:
    """Make a photo row; its files do not exist."""
    values = {
        "name": "photo.jpg",
        "key": "uploads/photo",
        "preview_key": "uploads/preview",
        "thumbnail_key": "uploads/thumbnail",
        "sha256": "0" * 64,
        "size": 1000,
        "width": 640,
        "height": 480,
        "source_format": "JPEG",
        "expires_at": timezone.now() + timedelta(hours=24),
    }
    return Upload.objects.create(owner=owner, **values | fields)


def submit(owner: Any, offered: OfferedPreset, **fields: Any) -> list[Job]:
    """Submit one batch and return its jobs, oldest first."""
    key = fields.pop("key", None) or uuid.uuid4()
    batch = submit_batch(JobRequest(owner=owner, preset=offered, **fields), key=key)
    return list(batch.jobs.order_by("rank_at"))


def submit_one(owner: Any, offered: OfferedPreset, **fields: Any) -> Job:
    return submit(owner, offered, **fields)[0]


def make_node(name: str = "n1", *, slots: int = 2, classes: list[str] = CLASSES, **fields: Any) -> Node:
    """Make a node that was seen and offers `classes`; nothing answers at its address."""
    values = {"url": "http://127.0.0.1:9", "seen_at": timezone.now(), "abilities_read_at": timezone.now()}
    return Node.objects.create(name=name, slots=slots, classes=classes, **values | fields)


def claim(job: Job, node: Node, slot: int = 0) -> Claim | None:
    return claim_job(job_id=job.id, owner_id=job.owner_id, node_id=node.pk, slot=slot)


def move(job: Job, source: str, to: str, **columns: Any) -> bool:
    """Make the guarded move and the writes that follow from it, as the holder of the job's present token."""
    guard = Job.objects.filter(pk=job.pk, token=job.token)
    with transaction.atomic():
        moved = move_job(
            guard,
            owner_id=job.owner_id,
            source=source,
            to=to,
            stage=columns.pop("stage", ""),
            columns=columns,
        )
        if moved is None:
            return False
        follow_move(moved)
        return True


def let_caches_expire() -> None:
    """Empty the caches in which the engine reuses rows of nodes, presets and past runs for seconds."""
    clear_all()


def expire_lease(job: Job) -> None:
    """End the job's lease, as if its holder had stopped renewing it."""
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=60))
    let_caches_expire()


def put_into(job: Job, status: str) -> Job:
    """Put a queued job's row into a status by moves that the database allows, without events, counts or charges."""
    on_the_way = {"queued": [], "processing": ["processing"]}
    for step in on_the_way.get(status, ["processing", status]):
        Job.objects.filter(pk=job.pk).update(status=step, **fields_of(step))
    job.refresh_from_db()
    return job


def fields_of(status: str) -> dict[str, Any]:
    """Return the columns that the database requires of a row in this status."""
    processing, final = status == "processing", status in FINAL
    return {
        "stage": "staged" if processing else "",
        "token": uuid.uuid4() if processing else None,
        "lease_until": timezone.now() + timedelta(seconds=15) if processing else None,
        "finished_at": timezone.now() if final else None,
        "error_code": "node_error" if status == "failed" else "",
    }


def counts(owner: Any) -> tuple[int, int]:
    """Return the owner's counts (queued, running)."""
    return UserQueue.objects.values_list("queued", "running").get(pk=owner.pk)


def all_rows(job: Job) -> dict[str, Any]:
    """Return everything that is stored about a job, to compare before and after."""
    queue = UserQueue.objects.get(pk=job.owner_id)
    return {
        "job": Job.objects.filter(pk=job.pk).values().get(),
        "progress": JobProgress.objects.filter(pk=job.pk).values().get(),
        "events": list(JobEvent.objects.filter(job=job).values()),
        "attempts": list(Attempt.objects.filter(job=job).values()),
        "artifacts": list(Artifact.objects.filter(job=job).values()),
        "queue": model_to_dict(queue),
    }


def _manifest(slug: str, run_timeout_s: int, test_class: str) -> dict[str, Any]:
    number = {"type": "number", "minimum": 0.0, "maximum": 60.0, "step": 0.01}
    parameters = [{"name": "seed", "type": "seed", "label": "Seed", "targets": ["2.nonce"]}]
    if test_class == "TestSlowSteps":
        parameters += [
            number | {"name": "seconds", "label": "Seconds", "default": 0.0, "targets": ["2.seconds"]},
            {
                "name": "preview",
                "type": "boolean",
                "label": "Preview",
                "default": False,
                "targets": ["2.preview"],
            },
        ]
    return {
        "slug": slug,
        "title": slug.title(),
        "summary": "A test.",
        "description": "A test.",
        "category": "Tests",
        "credits": 3,
        "position": 1,
        "needs_photo": False,
        "run_timeout_s": run_timeout_s,
        "output_node": "9",
        "required_classes": sorted({"EmptyImage", "SaveImage", test_class}),
        "required_models": [],
        "stages": [{"node": "2", "title": "Waiting"}],
        "parameters": parameters,
        "weights": {"1": 1.0, "2": 1000.0, "9": 10.0},
    }


def _workflow(test_class: str) -> dict[str, Any]:
    empty = {"width": 32, "height": 24, "batch_size": 1, "color": 0x336699}
    steps = {"seconds": 0.0, "steps": 100, "preview": False} if test_class == "TestSlowSteps" else {}
    return {
        "1": {"class_type": "EmptyImage", "inputs": empty},
        "2": {"class_type": test_class, "inputs": {"image": ["1", 0], "nonce": 0} | steps},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "out"}},
    }
