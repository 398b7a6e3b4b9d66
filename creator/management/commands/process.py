"""Processes photos from the command line, without a browser."""

from __future__ import annotations

import json
import logging
import sys
import time
import uuid
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from accounts.models import User
from creator.demo import endow
from creator.embedded import CpuNodeProcess, EmbeddedWorker
from creator.lib.errors import Refused
from creator.management.commands.serve import prepare_rows
from jobs.catalogue import OfferedPreset, choose_preset, offered_presets
from jobs.enums import ArtifactKind, JobStatus, NodeState, ResultFormat
from jobs.lifecycle import JobRequest, submit_batch
from jobs.models import Job, Node, Upload
from jobs.nodes import check_nodes, get_node, set_state, usable_nodes
from jobs.queries import jobs_of
from jobs.streaming.snapshot import Snapshot, snapshots_of
from jobs.uploads.accept import accept_file

COMMAND_LINE_USER = "command-line@creator.local"
BAD_INPUT, JOB_FAILED = 2, 3
OWN_NODE = "command-line"
LOOK_S = 0.1
NODE_START_S = 30
FORMATS = {
    ".png": ResultFormat.PNG,
    ".jpg": ResultFormat.JPEG,
    ".jpeg": ResultFormat.JPEG,
    ".webp": ResultFormat.WEBP,
}


class Command(BaseCommand):
    requires_system_checks = ()  # `serve` and `make check` run them; here they would only delay the start
    help = "Processes photos with a preset. Exit status: 0 done, 2 bad input or parameters, 3 a job failed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("photos", nargs="*", type=Path, metavar="PHOTO")
        parser.add_argument("--preset", required=True, metavar="SLUG")
        parser.add_argument("--set", action="append", default=[], metavar="name=value", dest="values")
        parser.add_argument("--seed", type=int)
        parser.add_argument(
            "--variations",
            type=int,
            default=1,
            help="pictures of each photo, each with its own seed, if the preset has one",
        )
        parser.add_argument(
            "--reuse",
            action="store_true",
            help="if you already made this exact picture, you get it free; with --seed, if the preset has one",
        )
        parser.add_argument("--out", type=Path, default=Path(), metavar="FILE|DIR")
        parser.add_argument(
            "--format", choices=ResultFormat.values, help="default: the file extension of --out, else png"
        )
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object per job instead of text"
        )

    def handle(self, *, photos: list[Path], out: Path, **options: Any) -> None:
        self.console = Console(stderr=True)
        if options["verbosity"] < 2:
            logging.disable(logging.WARNING)  # log lines would break the progress bars
        prepare_rows()
        with _missing_nodes() as nodes:  # a node starts while the photos are decoded
            try:
                jobs = self._submit(photos, out, options)
            except Refused as refused:
                self._refuse(refused)
            with _worker(nodes):
                self._watch(jobs)
        self._deliver(jobs, out, as_json=options["json"])

    def _submit(self, photos: list[Path], out: Path, options: dict[str, Any]) -> list[Job]:
        owner, _ = User.objects.get_or_create(email=COMMAND_LINE_USER, defaults={"password": "!"})
        endow(owner)
        request = JobRequest(
            owner=owner,
            preset=_find_preset(options["preset"]),
            photos=[self._accept(owner, photo) for photo in photos],
            parameters=dict(_split(pair) for pair in options["values"]),
            seed=options["seed"],
            output_format=options["format"] or FORMATS.get(out.suffix.lower(), ResultFormat.PNG),
            variations=options["variations"],
            reuse=options["reuse"],
        )
        return list(jobs_of(submit_batch(request, key=uuid.uuid4())))

    def _accept(self, owner: User, photo: Path) -> Upload:
        if not photo.is_file():
            raise Refused("unsupported_image", f"{photo}: there is no such file.")
        return accept_file(owner=owner, source=photo, name=photo.name)

    def _refuse(self, refused: Refused) -> NoReturn:
        lines = [refused.message, *(f"  {name}: {reason}" for name, reason in refused.problems.items())]
        raise CommandError("\n".join(lines), returncode=BAD_INPUT)

    def _watch(self, jobs: list[Job]) -> None:
        """Waits until every job is final. Shows a bar per job on a terminal, and nothing elsewhere."""
        columns = (TextColumn("{task.fields[name]}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
        status = (TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, *status, console=self.console, disable=not self.console.is_terminal) as bars:
            tasks = {job.id: bars.add_task("Queued", name=job.name, total=100) for job in jobs}
            open_ids = set(tasks)
            while open_ids:
                time.sleep(LOOK_S)
                rows = list(Job.objects.filter(pk__in=open_ids).select_related("progress", "preset_version"))
                for now in snapshots_of(rows):
                    _show(bars, tasks[now.job_id], now)
                    open_ids -= {now.job_id} if now.terminal else set()

    def _deliver(self, jobs: list[Job], out: Path, *, as_json: bool) -> None:
        failed = 0
        written: set[Path] = set()
        for job in (
            Job.objects.filter(pk__in=[job.pk for job in jobs])
            .select_related("preset_version")
            .order_by("rank_at")
        ):
            path = None
            if job.status == JobStatus.COMPLETED:
                path = _copy_result(job, _free(_target(job, out, len(jobs)), written))
                written.add(path)
            else:
                failed += 1
            self._print_result(job, path, as_json=as_json)
        if failed:
            sys.exit(JOB_FAILED)

    def _print_result(self, job: Job, path: Path | None, *, as_json: bool) -> None:
        if as_json:
            attempt = job.attempts.last()
            fields = {
                "job_id": str(job.id),
                "name": job.name,
                "status": job.status,
                "file": str(path) if path else None,
                "seed": job.shown_seed,
                "parameters": job.parameters,
                "preset": job.preset_version.preset_id,
                "preset_version": job.preset_version.digest,
                "node_seconds": attempt.gpu_seconds if attempt else None,
                "error": {"code": job.error_code, "message": job.error_message} if job.error_code else None,
            }
            self.stdout.write(json.dumps(fields))
        elif path:
            self.stdout.write(str(path))
        else:
            self.stderr.write(f"{job.name}: {job.error_message or job.get_status_display()}")


@contextmanager
def _missing_nodes() -> Iterator[list[CpuNodeProcess]]:
    """Starts a CPU node if no registered node answers, and stops it after the block.

    Never takes a running server's row.
    """
    check_nodes()
    if usable_nodes().filter(failures=0).exclude(name__startswith=OWN_NODE).exists():
        yield []
        return
    node = CpuNodeProcess(_take_own_name())
    node.start()
    try:
        yield [node]
    finally:
        node.stop()
        set_state(get_node(node.name), NodeState.OFF)


def _take_own_name() -> str:
    """Takes the first unused `command-line-<number>` row: commands that run in parallel have a node each."""
    for number in count(1):
        name = f"{OWN_NODE}-{number}"
        _, made = Node.objects.get_or_create(name=name, defaults={"url": "http://127.0.0.1:9"})
        if made or Node.objects.filter(name=name, state=NodeState.OFF).update(
            state=NodeState.ACTIVE, seen_at=None, abilities_read_at=None
        ):
            return name
    raise AssertionError("count has no end")


@contextmanager
def _worker(nodes: list[CpuNodeProcess]) -> Iterator[None]:
    """Runs a worker during the block, once the given nodes are ready. At the end it gives up its leases."""
    for node in nodes:
        if not node.ready.wait(NODE_START_S):
            raise CommandError("The CPU node did not start.", returncode=JOB_FAILED)
    worker = EmbeddedWorker()
    worker.start()
    try:
        yield
    finally:
        worker.stop()


def _find_preset(slug: str) -> OfferedPreset:
    try:
        return choose_preset(slug)
    except Refused as refused:
        slugs = ", ".join(offered.preset.slug for offered in offered_presets())
        raise Refused(refused.code, f"There is no preset {slug!r}. There are {slugs}.") from refused


def _split(pair: str) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    if not equals:
        raise Refused("invalid_parameters", f"Write --set name=value, not {pair!r}.")
    return name, value


def _show(bars: Progress, task: TaskID, now: Snapshot) -> None:
    step = f" · step {now.step} of {now.steps}" if now.steps else ""
    bars.update(task, completed=now.percent, description=f"{now.word} {now.words}{step}".strip())


def _target(job: Job, out: Path, count: int) -> Path:
    is_folder = out.is_dir() or (count > 1 and not out.suffix)
    if is_folder:
        out.mkdir(parents=True, exist_ok=True)
        return out / job.result_name
    if count > 1:
        return out.with_name(f"{Path(job.name).stem}-{out.name}")
    return out


def _free(target: Path, written: set[Path]) -> Path:
    """A path not yet in `written`: the second of two photos with the same name gets the suffix `-2`."""
    number, free = 1, target
    while free in written:
        number += 1
        free = target.with_stem(f"{target.stem}-{number}")
    return free


def _copy_result(job: Job, target: Path) -> Path:
    artifact = job.artifacts.get(kind=ArtifactKind.RESULT)
    target.parent.mkdir(parents=True, exist_ok=True)
    with default_storage.open(artifact.key, "rb") as source, target.open("wb") as copy:
        for chunk in source.chunks():
            copy.write(chunk)
    return target
