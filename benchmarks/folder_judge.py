"""Judges a watched folder from outside: by the files that lie there, and by rows (plain SQL)."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg
from PIL import Image

from benchmarks.dropped import Drop
from benchmarks.pictures import trial_pixels
from benchmarks.runs import Findings

CODED = 6
"""So many steps a pixel may be off: JPEG photos are not exact, and two pictures are 16 apart."""
UNDER_WAY = """
    SELECT (SELECT COUNT(*) FROM drive_foundfile WHERE state = 'found')
         + (SELECT COUNT(*) FROM drive_picture p JOIN jobs_job j ON j.id = p.job_id WHERE j.finished_at IS NULL)
         + (SELECT COUNT(*) FROM platform_delivery WHERE kind LIKE 'drive%' AND done_at IS NULL AND dead_at IS NULL)"""
CHARGED = """
    SELECT COALESCE(SUM(e.amount), 0) FROM billing_ledgerentry e JOIN billing_hold h ON h.id = e.hold_id
    JOIN drive_picture p ON h.reference = 'job:' || p.job_id WHERE e.kind = 'settle'"""
JOBS = "SELECT COUNT(*) FROM drive_picture WHERE job_id IS NOT NULL"
AGAIN = (
    "UPDATE drive_connection SET cursor = '', due_at = now()",
    "UPDATE platform_delivery SET done_at = NULL, due_at = now(), attempts = 0 WHERE kind LIKE 'drive%'",
)
"""Everything is looked at anew, and everything that was handed on is handed on once more."""


FAILED = """
    SELECT p.name, p.job_id FROM drive_picture p JOIN jobs_job j ON j.id = p.job_id WHERE j.status = 'failed'"""
QUIET_S, GIVE_UP_S, LOOK_S = 6.0, 360.0, 0.2
"""So long nothing may be under way at the end: a file needs two seconds to count as whole, and the poll two more. What
has failed twice or thrice is tried again within some minutes."""


@dataclass
class FolderFindings(Findings):
    """`lost`, `duplicated`: pictures without, and with more than one result. `jobs_wrong`, `charged_wrong`: jobs and
    credits beside one for each picture. `notes_wrong`: notes that are missing or too many. `touched`: the
    person's own files that were changed or deleted. `unknown`: files in the output folder that are neither result nor note."""

    jobs_wrong: int = 0
    charged_wrong: int = 0
    notes_wrong: int = 0
    touched: int = 0
    unknown: int = 0


class FolderJudge:
    """Reads one output folder and the database at `url`, in which it is the only one."""

    def __init__(self, url: str, outbox: Path, drops: Sequence[Drop]) -> None:
        self.url, self.outbox, self.drops = url, outbox, drops
        self.names = {name: drop.number for drop in drops for name in (drop.name, drop.later) if name}
        self.numbers = {drop.number for drop in drops if drop.number >= 0}

    def written(self) -> list[Path]:
        """The files that lie in the output folder; hidden ones are still being written."""
        return [path for path in self.outbox.iterdir() if not path.name.startswith(".")]

    def results(self) -> int:
        return sum(path.suffix == ".png" for path in self.written())

    def under_way(self) -> int:
        """How much of what was found is not done yet: files, jobs, results."""
        return self._count(UNDER_WAY)

    def failed(self) -> dict[str, int]:
        """Failed job → number of its picture."""
        return {str(job): self.names.get(name, -1) for name, job in self._read(FAILED)}

    def wait_until_quiet(self, look_after: Callable[[], object]) -> bool:
        """Until every picture has its result, or its job has failed, and nothing was under way for QUIET_S.

        Calls `look_after` in each round of waiting. Returns False if that is not so after GIVE_UP_S.
        """
        give_up = time.monotonic() + GIVE_UP_S
        quiet_since = time.monotonic()
        while time.monotonic() < quiet_since + QUIET_S:
            if time.monotonic() > give_up:
                return False
            look_after()
            if self.under_way() or self.results() + len(self.failed()) < len(self.numbers):
                quiet_since = time.monotonic()
            time.sleep(LOOK_S)
        return True

    def do_all_again(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for update in AGAIN:
                connection.execute(update)

    def judge(self, *, touched: Collection[str], drift: int, excused: Collection[int] = ()) -> FolderFindings:
        """`excused`: numbers of pictures whose jobs were allowed to fail; a note says so."""
        written = self.written()
        notes = [path.name for path in written if ".FAILED" in path.name]
        results = [path for path in written if path.suffix == ".png"]
        numbers = Counter(number_of(path) for path in results)
        due = self.numbers - set(excused)
        findings = FolderFindings(
            lost=len(due - numbers.keys()),
            duplicated=sum(count - 1 for number, count in numbers.items() if number in self.numbers),
            drift=drift,
            unfinished=self.under_way(),
            jobs_wrong=abs(self._count(JOBS) - len(self.numbers)),
            charged_wrong=abs(self._count(CHARGED) - len(due)),
            notes_wrong=self.wrong_notes(notes, len(excused)),
            touched=len(touched),
            unknown=sum(count for number, count in numbers.items() if number not in self.numbers)
            + len(written)
            - len(results)
            - len(notes),
        )
        findings.known = {
            "pictures": len(self.numbers),
            "results": len(results),
            "notes": len(notes),
            "hidden_left": sum(path.name.startswith(".") for path in self.outbox.iterdir()),
            "wrong": sorted(map(str, [*(due - numbers.keys()), *touched]))[:20],
        }
        return findings

    def wrong_notes(self, notes: Sequence[str], excused: int) -> int:
        """One for each file that is no picture, none if it is empty, and at most one for each half of a picture."""
        left = Counter(stem_of_note(name) for name in notes)
        wrong = 0
        for drop in self.drops:
            count = left.pop(Path(drop.name).stem, 0)
            if drop.number < 0:
                wrong += abs(count - bool(drop.content))
            elif drop.how in ("slow", "stalled"):
                wrong += max(0, count - 2)
            else:
                excused -= count
        return wrong + max(0, -excused) + left.total()

    def _count(self, query: str) -> int:
        return int(self._read(query)[0][0])

    def _read(self, query: str) -> list[tuple]:
        with psycopg.connect(self.url, connect_timeout=5) as connection:
            return connection.execute(query.encode()).fetchall()


def stem_of_note(name: str) -> str:
    """`IMG` of `IMG.FAILED.txt` and `IMG.FAILED-2.txt`."""
    return re.sub(r"\.FAILED(-\d+)?\.txt$", "", name)


def number_of(result: Path) -> int | None:
    """Of which trial picture this is the inverted one; None if of none."""
    try:
        with Image.open(result) as image:
            found = 255 - np.asarray(image.convert("RGB"), np.int16)
    except OSError:
        return None
    red, green, blue = (int(level) // 16 for level in np.median(found, axis=(0, 1)))
    number = red + 16 * green + 256 * blue
    due = trial_pixels(number).astype(np.int16)
    return number if found.shape == due.shape and np.abs(found - due).max() <= CODED else None
