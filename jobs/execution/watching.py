"""Watches a prompt on a node until its output exists.

The socket reports quickly; polling over HTTP catches what it misses.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import nullcontext
from typing import TYPE_CHECKING

import structlog
from django.conf import settings

from jobs.comfy import (
    BadOutput,
    ComfyError,
    ConnectionLost,
    Event,
    Executed,
    ExecutionFailed,
    Failed,
    Finished,
    Interrupted,
    InterruptedEvent,
    NodeBusyOrBroken,
    NodeStuck,
    NodeTimeout,
    NodeUnreachable,
    OutputFile,
    PromptLost,
    PromptState,
    Started,
    Subscription,
    Succeeded,
)
from jobs.execution.judgement import Recalled, RunTooLong
from jobs.execution.reporter import Reporter
from jobs.nodes import record_deaf, record_restart

if TYPE_CHECKING:
    from jobs.execution.prompt import PromptRun

log = structlog.get_logger(__name__)
POLL_S = 2.5
POLL_DEAF_S = 0.5
LOOK_S = 0.5
MISSES_MEAN_LOST = 2
FAULTS_MEAN_GONE = 4
FAULTS_MEAN_GONE_TO_A_CANCEL = 2
LOOKS_MEAN_DEAF = 2
STUCK_S = 10.0
AWAY = (NodeUnreachable, NodeTimeout, NodeBusyOrBroken)


class PromptWatch:
    """Watches one prompt.

    Without a subscription it only polls over HTTP: an adopted prompt sends no events to this process.
    """

    def __init__(
        self,
        run: PromptRun,
        subscription: Subscription | None,
        reporter: Reporter,
        *,
        is_running: bool = False,
    ) -> None:
        self.run, self.subscription, self.reporter = run, subscription, reporter
        self.lease = run.lease
        now = time.monotonic()
        self._started_at = now if is_running else None
        self._poll_s = POLL_S if run.attempt.node.deaf_since is None else POLL_DEAF_S
        self._next_poll = now + (self._poll_s if subscription else 0)
        self._output: OutputFile | None = None
        self._node_times: list[int | None] = [None, None]
        self._succeeded = self._heard = False
        self._staged_at = now
        self._cancel_sent_at: float | None = None
        self._cancel_sent = self._recalled = False
        self._stopped_at: float | None = None
        self._misses = self._faults = self._silent_looks = 0

    def until_output(self) -> OutputFile:
        """Returns the output file on the node. Raises ComfyError, RunTooLong, Recalled or LeaseLost."""
        subscription = self.subscription
        if not self.run.started:
            self.lease.stage(self.run.attempt.node_id)
        with self.lease.notifying(subscription.nudge) if subscription else nullcontext():
            while True:
                self.lease.check()
                self._forward_requests()
                if (event := self._next_event()) is not None:
                    self._hear(event)
                    self.reporter.take(event)
                    if output := self._take(event):
                        return output
                self.reporter.tick(started_at=self._started_at)
                if time.monotonic() >= self._next_poll and (output := self._poll()):
                    return output
                self._check_bounds()

    # Events from the socket

    def _next_event(self) -> Event | None:
        if not self._is_deaf() and self.subscription is not None:
            return self.subscription.get(LOOK_S)
        self.lease.pause(min(POLL_DEAF_S, self._next_poll - time.monotonic()))
        return None

    def _hear(self, event: Event) -> None:
        if not isinstance(event, ConnectionLost):
            self._heard = self.run.heard = True

    def _is_deaf(self) -> bool:
        return self.subscription is None or self.subscription.lost

    def _take(self, event: Event) -> OutputFile | None:
        """Returns the output file if the events were complete.

        For any other end of the prompt it polls over HTTP at once.
        """
        match event:
            case Started(timestamp_ms=stamp):
                self._node_times[0] = stamp
                self._record_started()
            case Executed(node=node, files=files) if node == self.run.manifest.output_node and files:
                self._output = files[0]
            case Executed(files=files):
                self._note_previews(files)
            case Succeeded(timestamp_ms=stamp):
                self._node_times[1] = stamp
                self._succeeded = True
            case Failed(error=error):
                raise self._named(error)
            case InterruptedEvent():
                raise self._interrupted()
            case Finished() if self._succeeded and self._output:
                self._measure(*self._node_times)
                return self._output
            case Finished() | ConnectionLost():
                self._next_poll = 0.0
        return None

    def _note_previews(self, files: Iterable[OutputFile]) -> None:
        self.run.previews |= {file.filename for file in files if file.type == "temp" and not file.subfolder}

    def _record_started(self) -> None:
        self._started_at = self._started_at or time.monotonic()
        self.lease.begin()
        self.run.record_started()

    def _measure(self, started_ms: int | None, ended_ms: int | None) -> None:
        """What the node says that the prompt took, in seconds; no more than its preset allows."""
        if started_ms is not None and ended_ms is not None:
            seconds = max(0.0, (ended_ms - started_ms) / 1000)
            self.run.gpu_seconds = min(seconds, self.run.manifest.run_timeout_s + STUCK_S)

    def _named(self, error: ComfyError) -> ComfyError:
        """The error, with the title of the step that failed if the manifest gives it one."""
        titles = {stage.node: stage.title for stage in self.run.manifest.stages}
        if isinstance(error, ExecutionFailed) and (title := titles.get(error.step)):
            return ExecutionFailed(f"The step “{title}” failed.", detail=error.detail, step=error.step)
        return error

    def _interrupted(self) -> Exception:
        """The error of an interrupted prompt, which depends on why it was stopped."""
        if self._stopped_at is not None:
            return RunTooLong(f"more than {self.run.manifest.run_timeout_s} s")
        return Recalled() if self._recalled else Interrupted()

    # Polling over HTTP

    def _poll(self) -> OutputFile | None:
        """Polls once. Returns the output file if the prompt is completed.

        Several polls in a row must fail before the node or the prompt counts as gone, because a single one
        may be a hiccup.
        """
        deaf = self._is_deaf()
        self._next_poll = time.monotonic() + (POLL_DEAF_S if deaf else self._poll_s)
        try:
            state = self.run.link.client.find(self.run.prompt_id)
        except AWAY:
            self._faults += 1
            self._next_poll = time.monotonic() + POLL_DEAF_S
            most = FAULTS_MEAN_GONE_TO_A_CANCEL if self.lease.cancel_requested else FAULTS_MEAN_GONE
            if self._faults >= most:
                raise
            return None
        self._faults = 0
        if state is None:
            return self._miss(deaf=deaf)
        self._misses = 0
        if not deaf and state.status != "pending":
            self._count_silence(state)
        return self._read(state)

    def _miss(self, *, deaf: bool) -> OutputFile | None:
        """Handles a poll in which the node does not know the prompt that it accepted.

        A recalled prompt leaves no trace on the node. If the socket is lost too, the node has restarted. It
        may have finished the prompt before that, so this returns the predicted output file if it is complete.
        In all other cases the prompt is lost after MISSES_MEAN_LOST polls. Raises Recalled or PromptLost.
        """
        self._misses += 1
        self._next_poll = time.monotonic() + POLL_DEAF_S
        if self._recalled:
            raise Recalled
        if self._cancel_sent or not deaf:
            if self._misses >= MISSES_MEAN_LOST:
                raise PromptLost
            return None
        record_restart(self.run.attempt.node)
        return self.run.predicted_output()

    def _count_silence(self, state: PromptState) -> None:
        """Counts polls in which the prompt is no longer pending although the socket sent no event.

        After LOOKS_MEAN_DEAF of them, or one that finds the prompt ended, the socket is deaf.
        """
        self._silent_looks += 1 if state.status == "running" else LOOKS_MEAN_DEAF
        if self._silent_looks >= LOOKS_MEAN_DEAF and not self._heard and self.subscription is not None:
            self.run.link.stream.report_deaf(self.subscription.client_id)
            record_deaf(self.run.attempt.node_id)

    def _read(self, state: PromptState) -> OutputFile | None:
        if state.status == "running":
            self._record_started()
        if state.status == "failed":
            raise self._named(state.error or ComfyError())
        if state.status == "cancelled":
            raise self._interrupted()
        if state.status != "completed":
            return None
        self._measure(state.started_at_ms, state.ended_at_ms)
        self._note_previews(file for group in state.outputs.values() for file in group)
        files = state.outputs.get(self.run.manifest.output_node) or ()
        if not files and self._output is None:
            raise BadOutput(detail="completed without output of the output node")
        return self._output or files[0]

    # Stopping the prompt

    def _forward_requests(self) -> None:
        """Sends the owner's cancel until the node answers; recalls a staged prompt if the lease says so.

        The watch goes on after a cancel: the node's next events or polls end it.
        """
        if self.lease.cancel_requested and not self._cancel_sent:
            self._cancel_sent = self.run.stop()
            self._cancel_sent_at = time.monotonic() if self._cancel_sent else None
            self._next_poll = time.monotonic() + LOOK_S
        elif self.lease.recall_wanted and not self.run.started and not self._recalled:
            self._take_back()

    def _take_back(self) -> None:
        """Recalls the prompt if it is still pending.

        If it begins between the two requests, it either is stopped or completes.
        """
        client = self.run.link.client
        try:
            state = client.find(self.run.prompt_id)
            if state is not None and state.status == "pending":
                self._recalled = client.cancel(self.run.prompt_id)
        except ComfyError as error:
            log.warning("node_call_failed", code=error.code, detail=error.detail[:300])
        if self._recalled:
            self._next_poll = 0.0

    def _check_bounds(self) -> None:
        """Enforces the time limit of a running prompt: it is stopped if it runs longer than its preset allows.

        Raises NodeStuck if it is still running STUCK_S later. A staged prompt may wait for
        STAGED_TIMEOUT_SECONDS, and STUCK_S after the node has confirmed its cancel.
        """
        now, bound = time.monotonic(), self.run.manifest.run_timeout_s
        if self._started_at is None:
            self._check_staged(now)
        if self._stopped_at is not None:
            if now - self._stopped_at > STUCK_S:
                raise NodeStuck(detail=f"{self.run.prompt_id} ran more than {bound} s and does not stop")
        elif self._started_at is not None and now - self._started_at > bound:
            self._stopped_at = now
            self.run.stop()
            self._next_poll = 0.0

    def _check_staged(self, now: float) -> None:
        if self._cancel_sent_at is not None and now - self._cancel_sent_at > STUCK_S:
            raise Interrupted(
                detail=f"{self.run.prompt_id} still waits, although its node confirmed a cancel"
            )
        if now - self._staged_at > settings.CONFIG.staged_timeout_seconds:
            raise NodeTimeout(detail=f"{self.run.prompt_id} waited for {now - self._staged_at:.0f} s")
