"""Judges the jobs of a local run from outside, by rows (plain SQL), files, logs and the nodes' notes."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from benchmarks.node import noted_job, read_notes
from benchmarks.pictures import is_inverted
from benchmarks.runs import Findings

FINAL = ("completed", "failed", "cancelled")


@dataclass
class Verdict(Findings):
    """The findings of a local run."""

    wrong_content: int = 0
    errors_logged: int = 0


class Oracle:
    """Reads one data folder. `numbers`: acknowledged job (hex id) → number of its photo."""

    def __init__(self, data_dir: Path, numbers: Mapping[str, int]) -> None:
        self.data_dir, self.numbers = data_dir, numbers

    def count_final(self) -> int:
        """How many jobs are final."""
        return sum(status in FINAL for status in self._statuses().values())

    def judge(self) -> Verdict:
        """Call once all jobs are final."""
        statuses = self._statuses()
        wanted = [statuses.get(job, "missing") for job in self.numbers]
        events = self._logged_events()
        verdict = Verdict(
            lost=sum(status != "completed" for status in wanted),
            duplicated=self._duplicated() + len(statuses.keys() - self.numbers.keys()),
            double_settled=sum(count > 1 for count in self._final_events().values()),
            drift=self._drift(),
            unfinished=sum(status not in FINAL for status in wanted),
            wrong_content=sum(not self._is_right(job) for job, s in statuses.items() if s == "completed"),
            errors_logged=events["error"] + events["critical"],
        )
        verdict.known = self._known(events, Counter(wanted))
        return verdict

    def _known(self, events: Counter[str], ends: Counter[str]) -> dict[str, object]:
        ran = [
            bool(noted_job(note))  # nodes also run test prompts of the product
            for path in self.data_dir.glob("nodes/*/prompts.jsonl")
            for note in read_notes(path)
        ]
        return {
            "late_writes_rejected": events["late_holder_stopped"],
            "adopted": events["job_adopted"],
            "requeued": events["job_requeued"],
            "ends": dict(ends),
            "attempts": self._read("SELECT COUNT(*) FROM jobs_attempt")[0][0],
            "prompts_run": sum(ran) if ran else None,
        }

    def _statuses(self) -> dict[str, str]:
        return dict(self._read("SELECT id, status FROM jobs_job"))

    def _duplicated(self) -> int:
        """Completed jobs without exactly one result."""
        results = Counter(
            row[0] for row in self._read("SELECT job_id FROM jobs_artifact WHERE kind = 'result'")
        )
        completed = self._read("SELECT id FROM jobs_job WHERE status = 'completed'")
        return sum(results[job] != 1 for (job,) in completed) + sum(count > 1 for count in results.values())

    def _final_events(self) -> Counter[str]:
        rows = self._read("SELECT job_id, status FROM jobs_jobevent")
        return Counter(job for job, status in rows if status in FINAL)

    def _drift(self) -> int:
        """Counts that differ from the rows they count, plus slots still taken by final jobs."""
        counts = Counter(self._statuses().values())
        queued, running = self._read(
            "SELECT COALESCE(SUM(queued), 0), COALESCE(SUM(running), 0) FROM jobs_userqueue"
        )[0]
        (slots,) = self._read(
            "SELECT COUNT(*) FROM jobs_attempt a JOIN jobs_job j ON j.id = a.job_id"
            " WHERE a.node_done_at IS NULL AND j.status IN ('completed', 'failed', 'cancelled')"
        )[0]
        return int(abs(queued - counts["queued"]) + abs(running - counts["processing"]) + slots)

    def _is_right(self, job: str) -> bool:
        """Whether the stored bytes match the row's digest and show the right picture for the job's photo."""
        query = "SELECT key, sha256 FROM jobs_artifact WHERE kind = 'result' AND job_id = ?"
        for key, digest in self._read(query, job):
            path = self.data_dir / "files" / key
            number = self.numbers.get(job)
            if not path.exists() or sha256(path.read_bytes()).hexdigest() != digest:
                return False
            return number is not None and is_inverted(path, number)
        return False

    def _logged_events(self) -> Counter[str]:
        """How often each event and each level occurs in the logs."""
        found: Counter[str] = Counter()
        for path in self.data_dir.glob("*.log"):
            for line in path.read_text(errors="replace").splitlines():
                if line.startswith("{"):
                    entry = json.loads(line)
                    found.update((entry["event"], entry["level"]))
        return found

    def _read(self, query: str, *values: object) -> list[tuple]:
        connection = sqlite3.connect(self.data_dir / "creator.sqlite3", timeout=20)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()


def job_of(path: str) -> str:
    """Converts the path of a job's page to the job's id as SQLite stores it."""
    return UUID(path.strip("/").split("/")[-1]).hex
