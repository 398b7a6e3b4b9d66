"""Runs one prompt on one node: submits it, or finds it again after an adoption."""

from __future__ import annotations

from functools import partial
from typing import BinaryIO, cast

import structlog
from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from jobs.comfy import (
    BadOutput,
    ComfyError,
    NodeBusyOrBroken,
    NodeTimeout,
    OutputFile,
    ProgressMeter,
    PromptLost,
)
from jobs.enums import Stage
from jobs.execution.facts import Facts
from jobs.execution.history import read_history
from jobs.execution.leases import Lease, LeaseLost
from jobs.execution.outputs import OUTPUT, PHOTO, child_of, copy_file, fetch_output, working_folder
from jobs.execution.reporter import Guess, Reporter
from jobs.execution.retrying import wait_for_storage, with_retries
from jobs.execution.versions import version_of
from jobs.execution.watching import PromptWatch
from jobs.lifecycle import enter_stage
from jobs.models import Attempt, Job
from jobs.nodes import PHOTO_FOLDER, NodeLink
from jobs.presets.render import Photo, render_graph
from jobs.results.making import Unreadable, check_output, is_transparent, lay_photo
from jobs.scheduling.timings import histories

log = structlog.get_logger(__name__)
HICCUPS: tuple[type[Exception], ...] = (NodeTimeout, NodeBusyOrBroken)


class PromptRun:
    """Runs the prompt of one attempt until its output file exists, and records how far it got (`facts`).

    `start` and `rejoin` raise ComfyError, RunTooLong, Recalled or LeaseLost.
    """

    def __init__(self, *, lease: Lease, job: Job, attempt: Attempt, link: NodeLink) -> None:
        self.lease, self.job, self.attempt, self.link = lease, job, attempt, link
        self.version = version_of(job)
        self.manifest = self.version.manifest
        self.prompt_id = str(attempt.prompt_id)
        self.accepted = self.made = self.heard = False
        self.started = attempt.execution_started_at is not None
        self.gpu_seconds: float | None = None
        self.previews: set[str] = set()

    def start(self) -> OutputFile:
        """Uploads the photo, submits the prompt once and watches it. Returns the output file on the node."""
        self.lease.check()
        graph = self._render(self._upload_photo())
        meter = ProgressMeter(
            graph,
            weights=self.manifest.weights,
            stages={stage.node: stage.title for stage in self.manifest.stages},
            output_node=self.manifest.output_node,
        )
        client_id = self.link.stream.ensure_connected(timeout=settings.CONFIG.connect_timeout_seconds)
        with self.link.stream.subscribe(self.prompt_id, client_id) as subscription:
            self.lease.check()
            self.link.client.submit(graph, prompt_id=self.prompt_id, client_id=client_id)
            self.accepted = True
            return PromptWatch(
                self, subscription, Reporter(self.lease.claim, self.link, meter)
            ).until_output()

    def rejoin(self) -> OutputFile:
        """Continues an adopted prompt. Returns the output file on the node.

        Asks the node for the prompt and watches it. If the node does not know it, looks for an output file
        that was finished before the node restarted.
        """
        self.lease.check()
        state = with_retries(
            self.lease,
            lambda: self.link.client.find(self.prompt_id),
            HICCUPS,
            within_s=settings.CONFIG.node_answer_seconds,
        )
        if state is None:
            return self.predicted_output()
        self.accepted = True
        reporter = Reporter(self.lease.claim, self.link, None, self._guess())
        return PromptWatch(self, None, reporter, is_running=state.status == "running").until_output()

    def predicted_output(self) -> OutputFile:
        """The output file under the name that this attempt predicts.

        Raises PromptLost if it is missing or incomplete.
        """
        file = self.link.client.predicted_output(self.attempt.filename_prefix)
        with working_folder() as folder:
            try:
                fetch_output(self.lease, self.link, file, folder / OUTPUT)
                check_output(child_of(self.lease), folder / OUTPUT)
            except (BadOutput, Unreadable) as error:
                raise PromptLost(
                    detail="the node does not know the prompt and has no finished file of it"
                ) from error
        return file

    def record_started(self) -> None:
        """Enters the running stage, once, when the node executes the prompt. Raises LeaseLost."""
        if not self.started:
            self.started = True
            if not enter_stage(self.lease.claim, Stage.RUNNING):
                raise LeaseLost

    def stop(self) -> bool:
        """Asks the node once to drop the prompt. Returns whether the node answered."""
        try:
            self.link.client.cancel(self.prompt_id)
        except ComfyError as error:
            log.warning("node_call_failed", code=error.code, detail=error.detail[:300])
            return False
        return True

    def facts(self, error: Exception) -> Facts:
        """The facts that `judge` needs about this run, which ended with `error`."""
        claim = self.lease.claim
        history = read_history(self.attempt, error)
        return Facts(
            adopted=claim.adopted,
            adopted_saving=claim.saving,
            accepted=self.accepted,
            started=self.started,
            made=self.made,
            attempts=history.attempts,
            interrupts=history.interrupts,
            in_service=history.in_service,
            refused=history.refused,
            others=history.others,
            faults=self.job.faults,
            deaths=self.job.deaths,
            tries=settings.CONFIG.job_attempts,
        )

    def _guess(self) -> Guess:
        job, attempt = self.job, self.attempt
        history, began = histories([job.need])[job.need], attempt.execution_started_at
        timing = history.timing(device=attempt.node.device, warm=attempt.warm, pixels=job.pixels)
        ran_s = max(0.0, (timezone.now() - began).total_seconds()) if began else 0.0
        return Guess(ran_s, timing.p50 if timing else None)

    def _upload_photo(self) -> Photo | None:
        upload = self.job.upload
        if upload is None:
            return None
        with wait_for_storage(self.lease, lambda: default_storage.open(upload.key, "rb")) as file:
            name = self._send(cast(BinaryIO, file.file))
        return Photo(name, upload.width, upload.height)

    def _send(self, photo: BinaryIO) -> str:
        """Uploads the photo, laid on the preset's ground if it is transparent. Returns its name on the node."""
        send = partial(self.link.client.upload_image, name=self.attempt.photo_name, folder=PHOTO_FOLDER)
        if not is_transparent(photo):
            return send(photo)
        with working_folder() as folder:
            copy_file(photo, folder / PHOTO)
            flat_photo = lay_photo(child_of(self.lease), folder / PHOTO, self.manifest.ground)
            with flat_photo.open("rb") as flat:
                return send(flat)

    def _render(self, photo: Photo | None) -> dict[str, dict[str, object]]:
        return render_graph(
            self.manifest,
            self.version.workflow,
            values=self.job.parameters,
            seed=self.job.seed,
            photo=photo,
            filename_prefix=self.attempt.filename_prefix,
        )
