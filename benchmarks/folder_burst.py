"""Drops a burst of files into a watched folder while workers die, and counts pictures, notes and credits afterwards.

    python -m benchmarks.folder_burst [--files 200] [--seed N] [--short] [--mutant paths_as_pictures | new_names]

On the production profile with servers of its own. Files are written slowly, stalled half-way, renamed, copied and moved
in while the run lasts; some are no pictures; names are odd (`benchmarks.dropped`). Workers are killed at random, and
kill themselves at the worst points (`benchmarks.deadly`); all processes are restarted once. At the end everything is
looked at and handed on once more. Each distinct picture must have exactly one result, known by its pixels, and must
be charged once; what is no picture must have one note; no file of the person may change. A mutant run passes if it
violates something.
"""

from __future__ import annotations

import argparse
import random
import shutil
import time
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from benchmarks.deadly import POINTS
from benchmarks.dropped import Hands, draw_drops
from benchmarks.folder_judge import QUIET_S, FolderJudge
from benchmarks.mutants import MUTANTS
from benchmarks.processes import ROOT, Process, wait_until_healthy
from benchmarks.product import Product, end_on_signals
from benchmarks.runs import DEFAULT, play

LEASE_S = 4.0
EMAIL = "dropper@example.org"
PRESET, PARAMETERS = "trial_invert", {"seconds": 0.05}
FULL = ("kill", "written", "submitted", "kill", "taken", "restart", "delivered")
SHORT = ("kill", "written")
LOOK_S, MOMENT_S = 0.1, 30.0


class FolderProduct(Product):
    """The production product whose workers die at points when they are asked to."""

    @property
    def environ(self) -> dict[str, str]:
        return super().environ | {"DEADLY": str(self.folder / "deadly")}

    def kill(self, worker: Process) -> None:
        worker.kill_all()
        worker.spawn()

    def restart(self) -> None:
        """Ends all processes of the product, in the middle of what they do, and starts them again."""
        for process in self._processes():
            process.kill_all()
        for process in self._processes():
            process.spawn()
        wait_until_healthy(self.url)

    def die_at(self, point: str) -> bool:
        """Has the first worker that comes to this point kill itself. False if none came within MOMENT_S."""
        asks = self.folder / "deadly" / point
        asks.touch()
        came = wait_until(lambda: not asks.exists(), MOMENT_S)
        asks.unlink(missing_ok=True)
        self.revive()
        return came

    def _role(self, role: str, ready: str, *options: str, name: str = "") -> Process:
        process = super()._role(role, ready, *options, name=name)
        if role == "worker":
            program = ["-m", "benchmarks.deadly", self.mutant or "none", role, *options]
            process = Process(program, log=process.log, ready=ready, environ=self.environ)
        return process


def run(options: argparse.Namespace) -> dict[str, object]:
    """Runs once, from empty servers to the verdict. Keeps the logs and files if something was violated."""
    folder = ROOT / "var" / "chaos" / f"folder-{uuid.uuid4().hex[:8]}"
    product = FolderProduct(folder, lease_s=LEASE_S, nodes=2, mutant=options.mutant, presets=(PRESET,))
    (folder / "deadly").mkdir()
    try:
        product.start()
        figures = _play(product, options)
    finally:
        product.close()
    if not figures["violated"] and not options.keep:
        shutil.rmtree(folder)
    return figures


def _play(product: FolderProduct, options: argparse.Namespace) -> dict[str, object]:
    chance = random.Random(options.seed)
    root = product.folder / "person"
    (root / "inbox").mkdir(parents=True)
    product.make_people([EMAIL])
    product.call("watched", email=EMAIL, root=str(root), preset=PRESET, parameters=PARAMETERS)
    drops = draw_drops(chance, options.files)
    judge = FolderJudge(product.stack.postgres.url, root / "outbox", drops)
    hands = Hands(root / "inbox", chance)
    began = time.monotonic()
    hands.begin(drops)
    faults = _strike(product, judge, chance, SHORT if options.short else FULL)
    hands.wait()
    struck_at = time.monotonic()
    judge.wait_until_quiet(product.revive)
    ended = time.monotonic()
    judge.do_all_again()
    judge.wait_until_quiet(product.revive)
    missed = [f"no_{kind}" for kind, number in faults.items() if not number]
    findings = judge.judge(touched=hands.touched(), drift=product.audit())
    return {
        "kind": "folder_burst",
        "seed": options.seed,
        "files": len(hands.lies),
        **findings.counts(),
        **findings.known,
        "ways": dict(Counter(drop.how if drop.number >= 0 else "no picture" for drop in drops)),
        "faults": faults,
        "seconds": round(ended - began - QUIET_S, 1),
        "seconds_to_final": round(ended - struck_at - QUIET_S, 1),
        "mutant": options.mutant,
        "violated": findings.violated() + ([] if options.mutant else missed),
    }


def _strike(
    product: FolderProduct, judge: FolderJudge, chance: random.Random, kinds: tuple[str, ...]
) -> dict[str, int]:
    """Each fault when so many more of the results lie there. Returns how often each kind struck."""
    struck: Counter[str] = Counter()
    for place, kind in enumerate(kinds, start=1):
        due = len(judge.numbers) * place // (len(kinds) + 2)
        wait_until(lambda due=due: judge.results() >= due, MOMENT_S)  # type: ignore[misc]  # bound early on purpose
        print(f"  {judge.results():4} results  {kind}", flush=True)
        if kind in POINTS:
            struck[kind] += product.die_at(kind)
        elif kind == "restart":
            product.restart()
            struck[kind] += 1
        else:
            product.kill(chance.choice(product.workers))
            struck[kind] += 1
    return dict(struck)


def wait_until(is_so: Callable[[], bool], most_s: float) -> bool:
    """Whether it came to be within `most_s`."""
    give_up = time.monotonic() + most_s
    while not is_so():
        if time.monotonic() > give_up:
            return False
        time.sleep(LOOK_S)
    return True


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.folder_burst", description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--short", action="store_true", help="one kill, and one death at a point")
    parser.add_argument("--mutant", choices=list(MUTANTS))
    parser.add_argument("--tries", type=int, default=1, help="with --mutant: how many seeds to try")
    parser.add_argument(
        "--keep", action="store_true", help="keep logs and files even if nothing was violated"
    )
    parser.add_argument("--out", type=Path, default=DEFAULT)
    options = parser.parse_args()
    end_on_signals()
    play(run, options)


if __name__ == "__main__":
    main()
