"""One prompt on one node: hand it over or find it again, then watch until its files are there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import BinaryIO, cast

import structlog
from django.conf import settings
from django.core.files.storage import default_storage

from jobs.comfy import (
    BadOutput,
    ComfyError,
    ConnectionLost,
    Event,
    Executed,
    Failed,
    Finished,
    Interrupted,
    InterruptedEvent,
    NodeBusyOrBroken,
    NodeTimeout,
    NodeUnreachable,
    OutputFile,
    ProgressMeter,
    PromptLost,
    PromptState,
    Started,
    Subscription,
    verify_image,
)
from jobs.enums import Stage
from jobs.execution.leases import Lease, LeaseLost
from jobs.execution.reporter import Reporter
from jobs.lifecycle import enter_stage
from jobs.models import Attempt, Job
from jobs.nodes import NodeLink
from jobs.presets.render import Photo, render_graph

log = structlog.get_logger(__name__)
POLL_S = 2.5
POLL_DEAF_S = 0.5
LOOK_S = 0.5
MISSES_MEAN_LOST = 2
FAULTS_MEAN_GONE = 4
LOOKS_MEAN_DEAF = 2


class RunTooLong(Exception):
    """The prompt ran past its preset's bound."""


class PromptRun:
    """Brings one attempt's prompt to its output file. Raises ComfyError, RunTooLong or LeaseLost."""

    def __init__(self, *, lease: Lease, job: Job, attempt: Attempt, link: NodeLink) -> None:
        self.lease, self.job, self.attempt, self.link = lease, job, attempt, link
        self.manifest = job.preset_version.manifest
        self.prompt_id = str(attempt.prompt_id)
        self.accepted = False
        self.started = attempt.execution_started_at is not None
        self.gpu_seconds: float | None = None
        self._started_at: float | None = None
        self._output: OutputFile | None = None
        self._cancel_sent = self._heard = False
        self._misses = self._faults = self._silent_looks = 0
        self._next_poll = self._watched_since = 0.0

    def start(self) -> OutputFile:
        """Uploads the photo, posts the prompt once, watches it."""
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
            return self._watch(subscription, Reporter(self.lease.claim, self.link, meter))

    def rejoin(self) -> OutputFile:
        """Asks the node first: what it knows is watched, what it finished before a restart is found by its name."""
        state = self.link.client.find(self.prompt_id)
        if state is None:
            return self._predicted()
        self._started_at = time.monotonic() if state.status == "running" else None
        return self._watch(None, Reporter(self.lease.claim, self.link, None, self.manifest))

    def _predicted(self) -> OutputFile:
        file = self.link.client.predicted_output(self.attempt.filename_prefix)
        try:
            verify_image(self.link.client.fetch(file))
        except BadOutput as error:
            raise PromptLost(detail="unknown to the node, and no finished file of it there") from error
        return file

    def _upload_photo(self) -> Photo | None:
        upload = self.job.upload
        if upload is None:
            return None
        with default_storage.open(upload.key, "rb") as file:
            name = self.link.client.upload_image(cast(BinaryIO, file.file), name=f"{upload.id}.png")
        return Photo(name, upload.width, upload.height)

    def _render(self, photo: Photo | None) -> dict[str, dict[str, object]]:
        return render_graph(
            self.manifest,
            self.job.preset_version.workflow,
            values=self.job.parameters,
            seed=self.job.seed,
            photo=photo,
            filename_prefix=self.attempt.filename_prefix,
        )

    def _watch(self, subscription: Subscription | None, reporter: Reporter) -> OutputFile:
        """Socket events are quick, a slow look over HTTP is sure: both run until one shows the end."""
        self._watched_since = time.monotonic()
        self._next_poll = self._watched_since + (POLL_S if subscription else 0)
        while True:
            self.lease.check()
            self._pass_on_cancel()
            event = subscription.get(LOOK_S) if subscription and not subscription.lost else self._pause()
            if event is not None:
                self._heard = True
                reporter.take(event)
                self._take(event)
            reporter.tick(started_at=self._started_at)
            if time.monotonic() >= self._next_poll and (output := self._poll(subscription)):
                return output
            self._check_run_time()

    def _pause(self) -> Event | None:
        time.sleep(max(0.0, min(POLL_DEAF_S, self._next_poll - time.monotonic())))
        return None

    def _take(self, event: Event) -> None:
        match event:
            case Started():
                self._note_started()
            case Executed(node=node, files=files) if node == self.manifest.output_node and files:
                self._output = files[0]
            case Failed(error=error):
                raise error
            case InterruptedEvent():
                raise Interrupted
            case Finished() | ConnectionLost():
                self._next_poll = 0.0

    def _note_started(self) -> None:
        self._started_at = self._started_at or time.monotonic()
        if not self.started:
            self.started = True
            if not enter_stage(self.lease.claim, Stage.RUNNING):
                raise LeaseLost

    def _poll(self, subscription: Subscription | None) -> OutputFile | None:
        """One look over HTTP; counts what may be a hiccup before it believes that node or prompt are gone."""
        deaf = subscription is None or subscription.lost
        self._next_poll = time.monotonic() + (POLL_DEAF_S if deaf else POLL_S)
        try:
            state = self.link.client.find(self.prompt_id)
        except (NodeUnreachable, NodeTimeout, NodeBusyOrBroken):
            self._faults += 1
            self._next_poll = time.monotonic() + POLL_DEAF_S
            if self._faults >= FAULTS_MEAN_GONE:
                raise
            return None
        self._faults = 0
        if state is None:
            self._misses += 1
            self._next_poll = time.monotonic() + POLL_DEAF_S
            if self._misses >= MISSES_MEAN_LOST:
                raise PromptLost
            return None
        self._misses = 0
        if subscription and not subscription.lost and state.status != "pending":
            self._note_silence(subscription)
        return self._read(state)

    def _note_silence(self, subscription: Subscription) -> None:
        """A prompt that runs by HTTP and never says so on the socket: the socket went deaf, for every prompt."""
        self._silent_looks += 1
        if self._silent_looks >= LOOKS_MEAN_DEAF and not self._heard:
            self.link.stream.report_deaf(subscription.client_id)

    def _read(self, state: PromptState) -> OutputFile | None:
        if state.status == "running":
            self._note_started()
        if state.status == "failed":
            raise state.error or ComfyError()
        if state.status == "cancelled":
            raise Interrupted
        if state.status != "completed":
            return None
        if state.started_at_ms is not None and state.ended_at_ms is not None:
            self.gpu_seconds = (state.ended_at_ms - state.started_at_ms) / 1000
        files = state.outputs.get(self.manifest.output_node) or ()
        if not files and self._output is None:
            raise BadOutput(detail="completed without an output of the result's node")
        return self._output or files[0]

    def _pass_on_cancel(self) -> None:
        """The owner's wish goes to the node until it is heard; what the node then does is watched like everything else."""
        if self.lease.cancel_requested and not self._cancel_sent:
            self._cancel_sent = self._quietly(lambda: self.link.client.cancel(self.prompt_id))
            self._next_poll = time.monotonic() + LOOK_S

    def _check_run_time(self) -> None:
        """A run has its preset's bound; a staged prompt waits for as many runs as the node has slots, then goes elsewhere."""
        now, bound = time.monotonic(), self.manifest.run_timeout_s
        if self._started_at is not None and now - self._started_at > bound:
            self._quietly(lambda: self.link.client.cancel(self.prompt_id))
            raise RunTooLong(f"more than {bound} s")
        if self._started_at is None and now - self._watched_since > bound * self.attempt.node.slots:
            self._quietly(lambda: self.link.client.cancel(self.prompt_id))
            raise NodeBusyOrBroken(
                detail=f"a staged prompt did not start in {now - self._watched_since:.0f} s"
            )

    def _quietly(self, call: Callable[[], object]) -> bool:
        """Whether the node answered."""
        try:
            call()
        except ComfyError as error:
            log.warning("node_call_failed", code=error.code, detail=error.detail[:300])
            return False
        return True
