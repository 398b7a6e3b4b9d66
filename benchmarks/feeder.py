"""A person whose watched folder gets files through a whole run."""

from __future__ import annotations

import random
import time

from benchmarks.crowd import Wish
from benchmarks.dropped import Hands, draw_drops
from benchmarks.folder_judge import QUIET_S, FolderFindings, FolderJudge
from benchmarks.judge import Judge
from benchmarks.product import Product

EMAIL = "feeder@example.org"
PRESET, PARAMETERS = "trial_invert", {"seconds": 0.3}


class Feeder:
    """Makes the person, and watches a folder of theirs. `count` files are dropped into it."""

    def __init__(self, product: Product, chance: random.Random, count: int) -> None:
        self.product = product
        root = product.folder / "person"
        (root / "inbox").mkdir(parents=True)
        product.make_people([EMAIL])
        product.call("watched", email=EMAIL, root=str(root), preset=PRESET, parameters=PARAMETERS)
        self.drops = draw_drops(chance, count)
        self.hands = Hands(root / "inbox", chance)
        self.folder = FolderJudge(product.stack.postgres.url, root / "outbox", self.drops)

    def begin(self, *, seconds: float) -> None:
        """Begins to drop files, spread over `seconds`, and returns at once."""
        self.hands.begin(self.drops, burst_s=seconds)

    def wait(self, *, since: float) -> float:
        """Waits until everything is made. Returns the seconds `since` then (monotonic)."""
        self.hands.wait()
        self.folder.wait_until_quiet(self.product.revive)
        return round(time.monotonic() - since - QUIET_S, 1)

    def judge(self, jobs: Judge) -> FolderFindings:
        """A picture whose job failed is excused if `jobs` finds that it may. The drift is counted by others."""
        excused = {
            number
            for job, number in self.folder.failed().items()
            if jobs.is_legal(Wish(number, PRESET, job_id=job))
        }
        return self.folder.judge(touched=self.hands.touched(), drift=0, excused=excused)
