"""Processes photos from the command line, without a browser."""

from __future__ import annotations

import io
import json
import logging
import sys
import time
import uuid
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from accounts.models import User
from creator.demo import endow
from creator.lib.errors import Refused
from creator.management.commands.serve import prepare_rows
from creator.management.interrupts import Interrupt, first_interrupt
from creator.management.own_node import missing_nodes, worker_on
from creator.management.result_files import ResultFiles, readable_file
from jobs.catalogue import OfferedPreset, choose_preset, offered_presets
from jobs.enums import JobStatus, ResultFormat
from jobs.lifecycle import JobRequest, cancel_job, submit_batch
from jobs.models import Job, Upload
from jobs.queries import jobs_of
from jobs.streaming.snapshot import Snapshot, snapshots_of
from jobs.uploads.accept import accept_file

COMMAND_LINE_USER = "command-line@creator.local"
DONE, BAD_INPUT, JOB_FAILED, INTERRUPTED = 0, 2, 3, 130
LOOK_S = 0.1
FORMATS = {
    ".png": ResultFormat.PNG,
    ".jpg": ResultFormat.JPEG,
    ".jpeg": ResultFormat.JPEG,
    ".webp": ResultFormat.WEBP,
}


class Command(BaseCommand):
    requires_system_checks = ()  # `serve` and `make check` run them; here they would only delay the start
    help = (
        "Processes photos with a preset. Exit status: 0 done, 2 a photo or setting is wrong or a result cannot be "
        "written (all other photos are processed), 3 a job failed, 130 interrupted."
    )

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
        parser.add_argument("--out", default=".", metavar="FILE|DIR")
        parser.add_argument(
            "--format", choices=ResultFormat.values, help="default: the file extension of --out, else png"
        )
        parser.add_argument(
            "--json",
            action="store_true",
            help="print one JSON object per job or refused photo instead of text",
        )

    def handle(self, *, photos: list[Path], out: str, **options: Any) -> None:
        self.console = Console(stderr=True)
        self.as_json = options["json"]
        self.status = DONE
        if options["verbosity"] < 2:
            logging.disable(logging.WARNING)  # log lines would break the progress bars
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="surrogateescape")  # the name of a file is any bytes
        try:
            self._process(photos, out, options)
        except Refused as refused:
            lines = [refused.message, *(f"  {name}: {reason}" for name, reason in refused.problems.items())]
            raise CommandError("\n".join(lines), returncode=BAD_INPUT) from refused
        except KeyboardInterrupt:
            raise CommandError("Stopped.", returncode=INTERRUPTED) from None
        if self.status:
            sys.exit(self.status)

    def _process(self, photos: list[Path], out: str, options: dict[str, Any]) -> None:
        prepare_rows()
        files = ResultFiles(out, several=len(photos) * options["variations"] > 1, photos=photos)
        with missing_nodes() as nodes:  # a node starts while the photos are decoded
            request = self._request(photos, Path(out), options)
            with first_interrupt() as interrupt:
                jobs = list(jobs_of(submit_batch(request, key=uuid.uuid4())))
                with worker_on(nodes):
                    self._watch(jobs, interrupt)
                    if interrupt.pressed:
                        self._cancel(jobs)
        self._deliver(jobs, files)

    def _request(self, photos: list[Path], out: Path, options: dict[str, Any]) -> JobRequest:
        owner, _ = User.objects.get_or_create(email=COMMAND_LINE_USER, defaults={"password": "!"})
        endow(owner)
        request = JobRequest(
            owner=owner,
            preset=_find_preset(options["preset"]),
            parameters=dict(_split(pair) for pair in options["values"]),
            seed=options["seed"],
            output_format=options["format"] or FORMATS.get(out.suffix.lower(), ResultFormat.PNG),
            variations=options["variations"],
            reuse=options["reuse"],
        )
        return replace(request, photos=self._accept_all(owner, photos))

    def _accept_all(self, owner: User, photos: list[Path]) -> list[Upload]:
        """The photos that can be used; a line for each of the others. Raises Refused if there is none."""
        self.photos: dict[UUID, Path] = {}
        accepted = []
        refusals = []
        for photo in photos:
            try:
                upload = accept_file(owner=owner, source=readable_file(photo), name=photo.name)
            except Refused as refused:
                refusals.append((photo, refused))
            else:
                accepted.append(upload)
                self.photos[upload.id] = photo
        if refusals and not accepted and not self.as_json:
            raise Refused(refusals[0][1].code, "\n".join(each.message for _, each in refusals))
        for photo, each in refusals:
            self.status = BAD_INPUT
            self._report(photo.name, status="refused", error=(each.code, each.message))
        if refusals and not accepted:
            sys.exit(self.status)
        return accepted

    def _watch(self, jobs: list[Job], interrupt: Interrupt | None = None) -> None:
        """Waits until every job is final or Ctrl+C is pressed. Shows a bar per job, on a terminal only."""
        columns = (TextColumn("{task.fields[name]}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
        status = (TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, *status, console=self.console, disable=not self.console.is_terminal) as bars:
            tasks = {job.id: bars.add_task("Queued", name=job.name, total=100) for job in jobs}
            open_ids = set(tasks)
            while open_ids and not (interrupt and interrupt.pressed):
                time.sleep(LOOK_S)
                rows = list(Job.objects.filter(pk__in=open_ids).select_related("progress", "preset_version"))
                for now in snapshots_of(rows):
                    _show(bars, tasks[now.job_id], now)
                    open_ids -= {now.job_id} if now.terminal else set()

    def _cancel(self, jobs: list[Job]) -> None:
        """After Ctrl+C: leaves no job behind that a server would run later. A second Ctrl+C ends at once."""
        self.status = INTERRUPTED
        self.stderr.write("Stopping …")
        for job in jobs:
            cancel_job(job=job, by_staff=True)
        self._watch(jobs)

    def _deliver(self, jobs: list[Job], files: ResultFiles) -> None:
        """Writes every result, and says for each job where it is or why there is none."""
        found = Job.objects.filter(pk__in=[job.pk for job in jobs]).select_related("preset_version")
        for job in found.order_by("rank_at"):
            photo = self.photos.get(job.upload_id) if job.upload_id else None
            path = error = None
            try:
                if job.status == JobStatus.COMPLETED:
                    path = files.write(job, photo.stem if photo else "")
                else:
                    error = (job.error_code, job.error_message or job.get_status_display())
                    self.status = self.status or JOB_FAILED
            except OSError as failure:
                error = ("not_written", f"The result cannot be written: {failure.strerror}.")
                self.status = self.status or BAD_INPUT
            self._report(
                photo.name if photo else job.name, status=job.status, job=job, path=path, error=error
            )

    def _report(
        self,
        name: str,
        *,
        status: str,
        job: Job | None = None,
        path: Path | None = None,
        error: tuple[str, str] | None = None,
    ) -> None:
        """One line about one photo or job: an object, the path of the result, or what is wrong."""
        code, message = error or ("", "")
        if self.as_json:
            about = _about(job) if job else {}
            fields = {"name": name, "status": status, "file": str(path) if path else None, **about}
            reason = {"code": code, "message": message} if code else None
            self.stdout.write(json.dumps({"job_id": None, **fields, "error": reason}))
        elif path:
            self.stdout.write(str(path))
        else:
            self.stderr.write(message if status == "refused" else f"{name}: {message}")


def _about(job: Job) -> dict[str, Any]:
    """What is needed to make the picture again."""
    attempt = job.attempts.last()
    return {
        "job_id": str(job.id),
        "seed": job.shown_seed,
        "parameters": job.parameters,
        "preset": job.preset_version.preset_id,
        "preset_version": job.preset_version.digest,
        "node_seconds": attempt.gpu_seconds if attempt else None,
    }


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
