"""One prompt on one node: hand it over or find it again, then watch until its files are there."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
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
    NodeStuck,
    NodeTimeout,
    NodeUnreachable,
    OutputFile,
    ProgressMeter,
    PromptLost,
    PromptState,
    Started,
    Subscription,
    Succeeded,
    verify_image,
)
from jobs.enums import Stage
from jobs.execution.leases import Lease, LeaseLost
from jobs.execution.patience import patiently, wait_for_storage
from jobs.execution.reporter import Reporter
from jobs.execution.versions import version_of
from jobs.lifecycle import enter_stage
from jobs.models import Attempt, Job
from jobs.nodes import NodeLink, note_restart
from jobs.presets.render import Photo, render_graph

log = structlog.get_logger(__name__)
POLL_S = 2.5
POLL_DEAF_S = 0.5
LOOK_S = 0.5
MISSES_MEAN_LOST = 2
FAULTS_MEAN_GONE = 4
HICCUPS: tuple[type[Exception], ...] = (NodeTimeout, NodeBusyOrBroken)
LOOKS_MEAN_DEAF = 2
STUCK_S = 10.0


class RunTooLong(Exception):
    """The prompt ran past its preset's bound, and the node stopped it when asked to."""


class Recalled(Exception):
    """The prompt was taken back before the node began it: any node may have the job now."""


class PromptRun:
    """Brings one attempt's prompt to its output file. Raises ComfyError, RunTooLong, Recalled or LeaseLost."""

    def __init__(self, *, lease: Lease, job: Job, attempt: Attempt, link: NodeLink) -> None:
        self.lease, self.job, self.attempt, self.link = lease, job, attempt, link
        self.version = version_of(job)
        self.manifest = self.version.manifest
        self.prompt_id = str(attempt.prompt_id)
        self.accepted = self.ended = False
        self.started = attempt.execution_started_at is not None
        self.gpu_seconds: float | None = None
        self._started_at: float | None = None
        self._output: OutputFile | None = None
        self._node_times: list[int | None] = [None, None]
        self._succeeded = self._heard = False
        self._cancel_sent = self._recalled = False
        self._stopped_at: float | None = None
        self._misses = self._faults = self._silent_looks = 0
        self._next_poll = self._watched_since = 0.0

    # From nothing to a prompt that is watched

    def start(self) -> OutputFile:
        """Uploads the photo, posts the prompt once, watches it."""
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
            return self._watch(subscription, Reporter(self.lease.claim, self.link, meter))

    def rejoin(self) -> OutputFile:
        """Asks the node first: what it knows is watched, what it finished before a restart is found by its name."""
        self.lease.check()
        state = patiently(self.lease, lambda: self.link.client.find(self.prompt_id), HICCUPS)
        if state is None:
            return self._predicted()
        self.accepted = True
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
        with wait_for_storage(self.lease, lambda: default_storage.open(upload.key, "rb")) as file:
            name = self.link.client.upload_image(cast(BinaryIO, file.file), name=f"{upload.id}.png")
        return Photo(name, upload.width, upload.height)

    def _render(self, photo: Photo | None) -> dict[str, dict[str, object]]:
        return render_graph(
            self.manifest,
            self.version.workflow,
            values=self.job.parameters,
            seed=self.job.seed,
            photo=photo,
            filename_prefix=self.attempt.filename_prefix,
        )

    # Watching

    def _watch(self, subscription: Subscription | None, reporter: Reporter) -> OutputFile:
        """Socket events are quick, a slow look over HTTP is sure: both run until one shows the end."""
        self._watched_since = time.monotonic()
        self._next_poll = self._watched_since + (POLL_S if subscription else 0)
        self.lease.staged_on = None if self.started else self.attempt.node_id
        with self.lease.telling(subscription.nudge) if subscription else nullcontext():
            while True:
                self.lease.check()
                self._pass_on_wishes()
                event = subscription.get(LOOK_S) if subscription and not subscription.lost else self._pause()
                if event is not None:
                    self._heard = True
                    reporter.take(event)
                    if output := self._take(event):
                        return output
                reporter.tick(started_at=self._started_at)
                if time.monotonic() >= self._next_poll and (output := self._poll(subscription)):
                    return output
                self._check_bounds()

    def _pause(self) -> Event | None:
        self.lease.pause(min(POLL_DEAF_S, self._next_poll - time.monotonic()))
        return None

    def _take(self, event: Event) -> OutputFile | None:
        """The output, where the socket has told all there is to know; HTTP is asked about every other end."""
        match event:
            case Started(timestamp_ms=stamp):
                self._node_times[0] = stamp
                self._note_started()
            case Executed(node=node, files=files) if node == self.manifest.output_node and files:
                self._output = files[0]
            case Succeeded(timestamp_ms=stamp):
                self._node_times[1] = stamp
                self._succeeded = True
            case Failed(error=error):
                raise error
            case InterruptedEvent():
                raise self._interrupted()
            case Finished() if self._succeeded and self._output:
                self._measure(*self._node_times)
                return self._output
            case Finished() | ConnectionLost():
                self._next_poll = 0.0
        return None

    def _note_started(self) -> None:
        self._started_at = self._started_at or time.monotonic()
        self.lease.staged_on = None
        if not self.started:
            self.started = True
            if not enter_stage(self.lease.claim, Stage.RUNNING):
                raise LeaseLost

    def _measure(self, started_ms: int | None, ended_ms: int | None) -> None:
        if started_ms is not None and ended_ms is not None:
            self.gpu_seconds = max(0.0, (ended_ms - started_ms) / 1000)

    def _interrupted(self) -> Exception:
        """Who stopped the prompt decides what it means."""
        if self._stopped_at is not None:
            return RunTooLong(f"more than {self.manifest.run_timeout_s} s")
        return Recalled() if self._recalled else Interrupted()

    # Looking over HTTP

    def _poll(self, subscription: Subscription | None) -> OutputFile | None:
        """One look; counts what may be a hiccup before it believes that node or prompt are gone."""
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
            return self._miss(deaf=deaf)
        self._misses = 0
        if subscription and not deaf and state.status != "pending":
            self._note_silence(subscription)
        return self._read(state)

    def _miss(self, *, deaf: bool) -> OutputFile | None:
        """The node knows nothing of a prompt that it took. What we took back leaves no trace; with the socket gone as
        well the node was started anew, and may have finished it before."""
        self._misses += 1
        self._next_poll = time.monotonic() + POLL_DEAF_S
        if self._recalled:
            raise Recalled
        if self._cancel_sent or not deaf:
            if self._misses >= MISSES_MEAN_LOST:
                raise PromptLost
            return None
        note_restart(self.attempt.node)
        return self._predicted()

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
            raise self._interrupted()
        if state.status != "completed":
            return None
        self._measure(state.started_at_ms, state.ended_at_ms)
        files = state.outputs.get(self.manifest.output_node) or ()
        if not files and self._output is None:
            raise BadOutput(detail="completed without an output of the result's node")
        return self._output or files[0]

    # Stopping it

    def stop(self) -> bool:
        """Asks the node, once, to leave it. Whether the node answered."""
        return self._quietly(lambda: self.link.client.cancel(self.prompt_id))

    def _pass_on_wishes(self) -> None:
        """The owner's wish goes to the node until it is heard; what the node then does is watched like everything else.
        A prompt that still waits on a node that nothing should wait on is taken back."""
        if self.lease.cancel_requested and not self._cancel_sent:
            self._cancel_sent = self.stop()
            self._next_poll = time.monotonic() + LOOK_S
        elif self.lease.recall_wanted and not self.started and not self._recalled:
            self._quietly(self._take_back)

    def _take_back(self) -> None:
        """Looks first: what has begun is left alone. If it begins between the two requests it is stopped or completes."""
        state = self.link.client.find(self.prompt_id)
        if state is not None and state.status == "pending":
            self._recalled = self.link.client.cancel(self.prompt_id)
            if self._recalled:
                self._next_poll = 0.0

    def _check_bounds(self) -> None:
        """A run has its preset's bound; a staged prompt waits for as many runs as may be before it, then goes elsewhere."""
        now, bound = time.monotonic(), self.manifest.run_timeout_s
        if self._stopped_at is not None:
            if now - self._stopped_at > STUCK_S:
                raise NodeStuck(detail=f"{self.prompt_id} ran more than {bound} s and does not stop")
        elif self._started_at is not None and now - self._started_at > bound:
            self._stopped_at = now
            self.stop()
            self._next_poll = 0.0
        elif self._started_at is None:
            ahead = max(self.attempt.node.slots, self.attempt.slot + 1)
            self.lease.recall_wanted |= now - self._watched_since > bound * ahead

    def _quietly(self, call: Callable[[], object]) -> bool:
        """Whether the node answered."""
        try:
            call()
        except ComfyError as error:
            log.warning("node_call_failed", code=error.code, detail=error.detail[:300])
            return False
        return True
