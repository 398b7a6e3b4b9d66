"""Turns a node's events into percentage, stage title and previews. Limits how often it writes rows."""

from __future__ import annotations

import time

import structlog
from django.db import connection

from jobs.comfy import ComfyError, Event, Executed, OutputFile, Preview, Progress, ProgressMeter, is_blank
from jobs.execution.leases import LeaseLost
from jobs.lifecycle import Claim, report_progress
from jobs.models import Job
from jobs.nodes import NodeLink
from jobs.presets.manifest import Manifest
from jobs.signals import preview_made

log = structlog.get_logger(__name__)
PREVIEW_EVERY_S = 0.5
MOST_GUESSED = 95.0
STILL_WORKING = "Still working"


class Reporter:
    """Reports the progress of one prompt.

    Without a meter it estimates progress from the preset's weights: an adopted prompt sends its events to the
    lost holder.
    """

    def __init__(
        self, claim: Claim, link: NodeLink, meter: ProgressMeter | None, manifest: Manifest | None = None
    ) -> None:
        self.claim, self.link, self.meter, self.manifest = claim, link, meter, manifest
        self._latest: Progress | None = None
        # The first report waits for the interval too: a prompt that ends earlier costs no write. Its start is
        # already an event.
        self._written_at = time.monotonic()
        self._preview_at = 0.0
        self._interval = 1.0 if connection.vendor == "sqlite" else 0.25

    def take(self, event: Event) -> None:
        """Updates the progress from an event. Sends previews at once."""
        if self.meter and (progress := self.meter.apply(event)):
            self._latest = progress
        if isinstance(event, Preview):
            self._show(event.image, event.mime)
        elif isinstance(event, Executed) and event.files and event.files[0].type == "temp":
            self._show_stage(event.files[0])

    def tick(self, *, started_at: float | None) -> None:
        """Writes the latest progress if the write interval has passed.

        `started_at` by `time.monotonic`. Raises LeaseLost.
        """
        now = time.monotonic()
        if now - self._written_at < self._interval:
            return
        if self.meter is None and started_at is not None:
            self._latest = self._guess(now - started_at)
        if self._latest is None or self._latest.percent >= 100:
            return
        latest, self._latest = self._latest, None
        self._written_at = now
        if not report_progress(
            self.claim, percent=latest.percent, stage_title=latest.stage, step=latest.step, steps=latest.steps
        ):
            raise LeaseLost

    def _guess(self, seconds: float) -> Progress:
        assert self.manifest is not None  # callers pass it when there is no meter
        expected = max(sum(self.manifest.weights.values()) / 1000, 1.0)
        return Progress(min(MOST_GUESSED, 100 * seconds / expected), STILL_WORKING, 0, 0)

    def _show_stage(self, file: OutputFile) -> None:
        if time.monotonic() - self._preview_at < PREVIEW_EVERY_S:
            return
        try:
            content = self.link.client.fetch_preview(file)
            if not is_blank(content):  # the node took the step from its cache, and its file is overwritten
                self._show(content, "image/webp")
        except ComfyError as error:
            log.info("preview_missed", detail=error.detail[:200])

    def _show(self, content: bytes, mime: str) -> None:
        self._preview_at = time.monotonic()
        preview_made.send_robust(
            sender=Job, job_id=self.claim.job_id, owner_id=self.claim.owner_id, content=content, mime=mime
        )
