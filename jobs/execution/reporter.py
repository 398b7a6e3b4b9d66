"""Turns a node's events into percentage, stage title and previews. Limits how often it writes rows."""

from __future__ import annotations

import time
from dataclasses import dataclass

import structlog
from django.db import connection

from jobs.comfy import ComfyError, Event, Executed, OutputFile, Preview, PreviewFile, Progress, ProgressMeter
from jobs.execution.leases import LeaseLost
from jobs.lifecycle import Claim, report_progress
from jobs.models import Job
from jobs.nodes import NodeLink
from jobs.signals import preview_made

log = structlog.get_logger(__name__)
PREVIEW_EVERY_S = 0.5
MOST_GUESSED = 95.0
STILL_WORKING = "Still working"


@dataclass(frozen=True)
class Guess:
    """What is known of an adopted prompt's progress: its node sends the events to the lost holder.

    `ran_s`: seconds that it had run when it was adopted. `expected_s`: seconds that past runs took; None before
    there are enough of them.
    """

    ran_s: float
    expected_s: float | None

    def after(self, seconds: float) -> Progress:
        """The progress `seconds` after the adoption. 0 % if past runs tell nothing."""
        percent = 100 * (self.ran_s + seconds) / self.expected_s if self.expected_s else 0.0
        return Progress(min(MOST_GUESSED, percent), STILL_WORKING, 0, 0)


class Reporter:
    """Reports the progress of one prompt: what the meter makes of its events, or without a meter a guess."""

    def __init__(
        self, claim: Claim, link: NodeLink, meter: ProgressMeter | None, guess: Guess | None = None
    ) -> None:
        self.claim, self.link, self.meter, self.guess = claim, link, meter, guess
        self._latest: Progress | None = None
        self._guessed: Progress | None = None
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
            self._show(event.picture)
        elif isinstance(event, Executed) and event.files and event.files[0].type == "temp":
            self._show_stage(event.files[0])

    def tick(self, *, started_at: float | None) -> None:
        """Writes the latest progress if the write interval has passed.

        `started_at` by `time.monotonic`. Raises LeaseLost.
        """
        now = time.monotonic()
        if now - self._written_at < self._interval:
            return
        if self.guess is not None and started_at is not None:
            self._take_guess(self.guess.after(now - started_at))
        if self._latest is None or self._latest.percent >= 100:
            return
        latest, self._latest = self._latest, None
        self._written_at = now
        if not report_progress(
            self.claim, percent=latest.percent, stage_title=latest.stage, step=latest.step, steps=latest.steps
        ):
            raise LeaseLost

    def _take_guess(self, guessed: Progress) -> None:
        """Takes a guess that differs from the last: 95 % reported again and again would be read as a slow pace."""
        if guessed != self._guessed:
            self._latest = self._guessed = guessed

    def _show_stage(self, file: OutputFile) -> None:
        if time.monotonic() - self._preview_at < PREVIEW_EVERY_S:
            return
        try:
            picture = self.link.client.fetch_preview(file)
            if not picture.is_blank:  # the node took the step from its cache, and its file is overwritten
                self._show(picture)
        except ComfyError as error:
            log.info("preview_missed", detail=error.detail[:200])

    def _show(self, picture: PreviewFile) -> None:
        self._preview_at = time.monotonic()
        preview_made.send_robust(
            sender=Job,
            job_id=self.claim.job_id,
            owner_id=self.claim.owner_id,
            content=picture.content,
            mime=picture.mime,
        )
