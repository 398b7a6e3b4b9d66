"""Judges the jobs of a production run from outside.

Reads rows (plain SQL), objects (S3), logs and the nodes' notes. Uses no code of the product except its audit
of the ledger.
"""

from __future__ import annotations

import hashlib
import io
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import boto3
import numpy as np
import psycopg
from PIL import Image

from benchmarks.crowd import Wish, colour_of
from benchmarks.node import noted_job, read_notes
from benchmarks.pictures import ROUNDING, trial_pixels
from benchmarks.runs import Findings
from tests.services.s3 import KEY, SECRET
from tests.services.stack import BUCKET

FINAL = ("completed", "failed", "cancelled")
TAKEN = ("job_claimed", "job_adopted")
ENDED = ("job_completed", "job_failed", "job_requeued")
COMMIT_TO_LOG_S = 1.0
POISON_DEATHS, TRIES = 2, 3
MOVING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|127\.0\.0\.1:\d+|0x[0-9a-f]+|\n.*", re.DOTALL)
"""The variable parts of log lines, which are replaced to count lines of the same kind."""
FED = "SELECT job_id FROM drive_picture WHERE job_id IS NOT NULL"
"""Jobs of watched folders, which `benchmarks.folder_judge` judges."""
Logs = Mapping[str, Sequence[Mapping[str, Any]]]


class Harmed(Protocol):
    """A worker that could no longer hold its jobs, and since when (seconds since 1970)."""

    @property
    def process(self) -> str: ...
    @property
    def at(self) -> float: ...


@dataclass
class Verdict(Findings):
    """The findings of a production run."""

    mixed_up: int = 0
    leaked_slots: int = 0
    late_writes_accepted: int = 0


@dataclass(frozen=True)
class Moment:
    """A line about a job in a worker's log."""

    at: float
    process: str
    event: str


class Judge:
    """Reads one installation after all jobs are final.

    `url`: its database; `s3`: its storage server, without a proxy.
    """

    def __init__(self, *, url: str, s3: str, folder: Path, logs: Logs, wishes: Sequence[Wish]) -> None:
        self.url, self.folder, self.logs, self.wishes = url, folder, logs, wishes
        self.bucket = boto3.client(
            "s3",
            endpoint_url=s3,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            region_name="us-east-1",
        )

    def judge(self, *, drift: int, harms: Sequence[Harmed]) -> Verdict:
        """`drift`: the number of differences that the ledger's audit found."""
        self.jobs = {
            str(row[0]): row[1:] for row in self._read("SELECT id, status, error_code FROM jobs_job")
        }
        wrong = [wish for wish in self.wishes if not self.is_legal(wish)]
        moments = moments_of(self.logs)
        verdict = Verdict(
            lost=len(wrong),
            duplicated=self._duplicated(),
            double_settled=self._double_settled(),
            drift=drift + self._drift(),
            unfinished=sum(self._end(wish)[0] not in FINAL for wish in self.wishes),
            mixed_up=sum(not self._is_right(w) for w in self.wishes if self._end(w)[0] == "completed"),
            leaked_slots=self._count(
                "SELECT COUNT(*) FROM jobs_attempt a JOIN jobs_job j ON j.id = a.job_id"
                " WHERE a.node_done_at IS NULL AND j.status IN ('completed', 'failed', 'cancelled')"
            ),
            late_writes_accepted=sum(count_late_ends(story) for story in moments.values()),
        )
        verdict.known = self._known(wrong, moments, harms)
        return verdict

    def _known(
        self, wrong: Sequence[Wish], moments: Mapping[str, Sequence[Moment]], harms: Sequence[Harmed]
    ) -> dict[str, object]:
        events = Counter(entry.get("event", "") for log in self.logs.values() for entry in log)
        errors = Counter(
            f"{name}: {MOVING.sub('…', entry.get('event', ''))}"[:80]
            for name, log in self.logs.items()
            for entry in log
            if entry.get("level") in ("error", "critical")
        )
        waits = reclaims(moments, harms)
        return {
            "ends": dict(Counter("/".join(filter(None, self._end(wish))) for wish in self.wishes)),
            "wrong_ends": {wish.job_id: [wish.preset, *self._end(wish)] for wish in wrong},
            "late_writes_rejected": events["late_holder_stopped"],
            "adopted": events["job_adopted"],
            "requeued": events["job_requeued"],
            "attempts": self._count("SELECT COUNT(*) FROM jobs_attempt"),
            "prompts_run": sum(bool(noted_job(note)) for note in self._notes()),
            "reclaims": len(waits),
            "reclaim_p50_s": quantile(waits, 0.5),
            "reclaim_p95_s": quantile(waits, 0.95),
            "orphan_objects": self._orphan_objects(),
            "errors_logged": dict(errors),
        }

    def count_final(self) -> int:
        """How many jobs of the API have ended in some way."""
        ended = "SELECT COUNT(*) FROM jobs_job WHERE status IN ('completed', 'failed', 'cancelled')"
        return self._count(f"{ended} AND id NOT IN ({FED})")

    def _end(self, wish: Wish) -> tuple[str, str]:
        return self.jobs.get(wish.job_id, ("missing", ""))

    def is_legal(self, wish: Wish) -> bool:
        """Whether the job ended as allowed.

        Faults must not fail it, unless two nodes died under its prompt.
        """
        status, code = self._end(wish)
        if status == "cancelled":
            return wish.cancel_after_s is not None
        if status == "failed" and code == "poison":
            deaths = (
                "SELECT deaths FROM jobs_job j WHERE id = %s AND NOT EXISTS "
                f"(SELECT 1 FROM jobs_attempt WHERE job_id = j.id AND lost_holders >= {TRIES})"
            )  # no job in these runs kills workers
            return any(int(row[0]) + 1 >= POISON_DEATHS for row in self._read(deaths, wish.job_id))
        if wish.preset == "trial_memory":
            return status == "failed" and (
                code == "out_of_memory" or lost_its_last_try(wish.job_id, code, self._notes())
            )
        return status == "completed"

    def _notes(self) -> list[dict]:
        """The prompts that the nodes ran."""
        return [note for path in self.folder.glob("nodes/*/prompts.jsonl") for note in read_notes(path)]

    def _duplicated(self) -> int:
        """Unacknowledged jobs that no watched folder asked for, second ids for one key, and completed jobs without exactly one result."""
        results = Counter(
            str(row[0]) for row in self._read("SELECT job_id FROM jobs_artifact WHERE kind = 'result'")
        )
        fed = {str(row[0]) for row in self._read(FED)}
        unknown = self.jobs.keys() - {wish.job_id for wish in self.wishes} - fed
        completed = [job for job, (status, _) in self.jobs.items() if status == "completed"]
        return int(
            len(unknown)
            + sum(len(wish.other_ids) for wish in self.wishes)
            + sum(results[job] != 1 for job in completed)
            + sum(self.jobs.get(job, ("",))[0] != "completed" for job in results)
        )

    def _double_settled(self) -> int:
        """Holds closed more than once, jobs with more than one hold, jobs that ended more than once."""
        closings = (
            "SELECT hold_id FROM billing_ledgerentry WHERE kind IN ('settle', 'release') GROUP BY hold_id"
        )
        ends = "SELECT job_id FROM jobs_jobevent WHERE status IN ('completed', 'failed', 'cancelled') GROUP BY job_id"
        held = "SELECT reference FROM billing_hold GROUP BY reference"
        return sum(len(self._read(f"{query} HAVING COUNT(*) > 1")) for query in (closings, ends, held))

    def _drift(self) -> int:
        """Jobs whose hold does not match their end, and counts that differ from the rows they count."""
        due = {"completed": "settled", "failed": "released", "cancelled": "released"}
        holds = dict(self._read("SELECT reference, state FROM billing_hold"))
        uncharged = sum(
            holds.get(f"job:{job}") != due.get(status, "open") for job, (status, _) in self.jobs.items()
        )
        counts = Counter(status for status, _ in self.jobs.values())
        ((queued, running),) = self._read(
            "SELECT COALESCE(SUM(queued), 0), COALESCE(SUM(running), 0) FROM jobs_userqueue"
        )
        return int(uncharged + abs(queued - counts["queued"]) + abs(running - counts["processing"]))

    def _is_right(self, wish: Wish) -> bool:
        """Whether the stored bytes match the row's digest, and the result shows the requested picture."""
        rows = self._read("SELECT kind, key, sha256 FROM jobs_artifact WHERE job_id = %s", wish.job_id)
        try:
            found = {kind: (self._fetch(key), digest) for kind, key, digest in rows}
        except self.bucket.exceptions.ClientError:
            return False
        if "result" not in found or any(
            hashlib.sha256(content).hexdigest() != digest for content, digest in found.values()
        ):
            return False
        return is_picture_of(found["result"][0], wish)

    def _fetch(self, key: str) -> bytes:
        return bytes(self.bucket.get_object(Bucket=BUCKET, Key=key)["Body"].read())

    def _orphan_objects(self) -> int:
        """Stored results without a row: killed workers left them, and the product deletes them later."""
        pages = self.bucket.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="results/")
        stored = {each["Key"] for page in pages for each in page.get("Contents", [])}
        return len(stored - {row[0] for row in self._read("SELECT key FROM jobs_artifact")})

    def _count(self, query: str) -> int:
        return int(self._read(query)[0][0])

    def _read(self, query: str, *values: object) -> list[tuple]:
        with psycopg.connect(self.url, connect_timeout=5) as connection:
            return connection.execute(query, values).fetchall()


def is_picture_of(content: bytes, wish: Wish) -> bool:
    """Whether these bytes are the right picture for this wish, within the node's rounding of one step."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            found = np.asarray(image.convert("RGB"), np.int16)
    except OSError:
        return False
    if wish.preset == "trial_invert":
        due = 255 - trial_pixels(wish.number).astype(np.int16)
    else:
        channels = [colour_of(wish.number) >> shift & 0xFF for shift in (16, 8, 0)]
        due = np.broadcast_to(np.array(channels, np.int16), (32, 48, 3))
    return found.shape == due.shape and bool(np.abs(found - due).max() <= ROUNDING)


def lost_its_last_try(job_id: str, code: str, notes: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a job that fails on any node failed all tries but one, and had no node for the last."""
    failed = sum(noted_job(note) == job_id and note["status"] == "error" for note in notes)
    return code == "node_unavailable" and failed == TRIES - 1


def moments_of(logs: Logs) -> dict[str, list[Moment]]:
    """Job → log lines about taking and ending it, in order of time (all processes share a clock)."""
    stories: dict[str, list[Moment]] = defaultdict(list)
    for process, entries in logs.items():
        for entry in entries:
            if entry.get("event") in TAKEN + ENDED and "job_id" in entry:
                at = datetime.fromisoformat(entry["timestamp"]).timestamp()
                stories[entry["job_id"]].append(Moment(at, process, entry["event"]))
    return {job: sorted(story, key=lambda moment: moment.at) for job, story in stories.items()}


def holders_of(logs: Logs) -> dict[str, str]:
    """Job → the process that took it last."""
    return {
        job: taken[-1].process
        for job, story in moments_of(logs).items()
        if (taken := [moment for moment in story if moment.event in TAKEN])
    }


def count_late_ends(story: Sequence[Moment]) -> int:
    """Endings logged by a process although another one already held the job: the token check failed."""
    holder: Moment | None = None
    late = 0
    for moment in story:
        if moment.event in TAKEN:
            holder = moment
        elif holder and moment.process != holder.process and moment.at - holder.at > COMMIT_TO_LOG_S:
            late += 1
    return late


def reclaims(stories: Mapping[str, Sequence[Moment]], harms: Sequence[Harmed]) -> list[float]:
    """Seconds from the kill or pause of a worker to the next claim or adoption of each job that it held."""
    return [
        wait for harm in harms for story in stories.values() if (wait := _reclaim(story, harm)) is not None
    ]


def _reclaim(story: Sequence[Moment], harm: Harmed) -> float | None:
    before = [moment for moment in story if moment.at <= harm.at]
    if not before or before[-1].event not in TAKEN or before[-1].process != harm.process:
        return None
    after = next((m.at for m in story if m.at > harm.at and m.event in TAKEN), None)
    return None if after is None else after - harm.at


def quantile(values: Sequence[float], share: float) -> float | None:
    """The median, or the nearest rank for other shares. None without values."""
    if not values:
        return None
    if share == 0.5:
        return round(statistics.median(values), 2)
    return round(sorted(values)[min(len(values) - 1, int(share * len(values)))], 2)
