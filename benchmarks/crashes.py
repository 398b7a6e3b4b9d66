"""Kills and pauses the local product at random moments and counts lost, duplicate and unfinished jobs.

    python -m benchmarks.crashes [--seed N] [--jobs 30] [--kills 10] [--pauses 3] [--workers 1|2] [--mutant NAME]

With one worker, the nodes are children of `serve` and die with it. With two, `serve` and a second worker
share two nodes that survive both, so that the other worker adopts the jobs of a paused one. During one pause
the nodes are killed too, so that jobs are requeued and claimed again before the paused worker wakes. This
happens only once, because a job whose node dies twice fails as poison. A mutant run passes if it violates
something. Every submit is repeated until it is acknowledged, and then sent once more. The seed determines
every fault, its time and its target.
"""

from __future__ import annotations

import argparse
import random
import shutil
import time
import uuid
from collections import Counter
from pathlib import Path

from benchmarks.mutants import MUTANTS
from benchmarks.oracle import Oracle, Verdict, job_of
from benchmarks.pictures import make_trial_photo
from benchmarks.processes import ROOT, Process, manage, serve, start_node, wait_until_healthy
from benchmarks.runs import DEFAULT, play
from benchmarks.site import Site

LEASE_S = 3.0
PAUSE_S = 2.2 * LEASE_S
PAUSE_WITH_NODES_S = 1.6 * LEASE_S
FINAL_WITHIN_S = 60.0
SHORTEST_JOB_S = 1.0
# With one worker, nodes die with their server and most work is repeated: jobs must be short to end by
# FINAL_WITHIN_S.
LONGEST_JOB_S = {1: 3.0, 2: 6.0}
PRESET = ROOT / "benchmarks" / "presets" / "trial_invert"
ENVIRON = {"LEASE_SECONDS": str(LEASE_S), "LEASE_RENEW_SECONDS": "1", "LOG_FORMAT": "json"}


class Stage:
    """The product with all its processes, on its own data folder."""

    def __init__(self, data_dir: Path, *, workers: int, mutant: str | None) -> None:
        self.data_dir = data_dir
        data_dir.mkdir(parents=True)
        manage("migrate", "--verbosity", "0", data_dir=data_dir, environ=ENVIRON)
        manage("presets", "import", str(PRESET), data_dir=data_dir, environ=ENVIRON)
        self.nodes = [self._add_node(f"outer-{number}") for number in range(2 if workers == 2 else 0)]
        self.server = serve(data_dir, nodes=0 if self.nodes else 2, environ=ENVIRON, mutant=mutant)
        self.targets = {"server": self.server}
        self.url = self._serve()
        if workers == 2:
            program = ["benchmarks.mutants", mutant, "second"] if mutant else ["benchmarks.worker"]
            environ = {**ENVIRON, "DATA_DIR": str(data_dir)}
            worker = Process(
                ["-m", *program], log=data_dir / "worker.log", ready="Worker is on", environ=environ
            )
            worker.start()
            self.targets["worker"] = worker

    def kill(self, target: str) -> None:
        """Kills the process and restarts it at once."""
        self.targets[target].kill()
        if target == "server":
            self.url = self._serve()
        else:
            self.targets[target].start()

    def pause(self, target: str) -> None:
        """Pauses the process for longer than its leases last."""
        self.targets[target].pause()
        time.sleep(PAUSE_S)
        self.targets[target].resume()

    def pause_and_kill_nodes(self, target: str) -> None:
        """Also restarts the nodes, empty, so that another worker runs the jobs before the paused one wakes."""
        began = time.monotonic()
        self.targets[target].pause()
        for node in self.nodes:
            node.kill()
        for node in self.nodes:
            node.start()
        time.sleep(max(0.0, began + PAUSE_WITH_NODES_S - time.monotonic()))
        self.targets[target].resume()

    def close(self) -> None:
        for process in (*self.targets.values(), *self.nodes):
            process.kill()

    def _add_node(self, name: str) -> Process:
        node, url = start_node(self.data_dir / "nodes" / name)
        manage("nodes", "add", url, "--name", name, data_dir=self.data_dir, environ=ENVIRON)
        return node

    def _serve(self) -> str:
        return wait_until_healthy(self.server.start())


class Crowd:
    """Submits jobs as a persistent user does."""

    def __init__(self, stage: Stage, seconds: list[float]) -> None:
        """`seconds`: the duration of each job on a node."""
        self.seconds = seconds
        self.stage, self.site = stage, Site(stage.url, stage.data_dir)
        self.site.sign_in()
        photos = [make_trial_photo(number, stage.data_dir / "photos") for number in range(len(seconds))]
        self.uploads = [self.site.upload(photo) for photo in photos]
        self.acknowledged: dict[str, int] = {}

    def submit_until(self, count: int) -> None:
        """Submits jobs up to this number, each twice with one key."""
        self.site.move_to(self.stage.url)
        for number in range(len(self.acknowledged), min(count, len(self.uploads))):
            key = str(uuid.uuid4())
            for _ in range(2):
                page = self.site.submit(
                    "trial_invert", {"seconds": self.seconds[number]}, [self.uploads[number]], key
                )
                self.acknowledged[job_of(page)] = number


def draw_faults(chance: random.Random, kinds: list[str], targets: list[str]) -> list[tuple[str, str, float]]:
    """Kind, target, and seconds since the previous fault, in order of execution."""
    order = chance.sample(kinds, len(kinds))
    return [(kind, chance.choice(targets), round(chance.uniform(0.2, 2.5), 2)) for kind in order]


def run(options: argparse.Namespace) -> dict[str, object]:
    """Runs once, from an empty database to the verdict. Keeps the data if something was violated."""
    data_dir = options.data_dir or ROOT / "var" / "chaos" / f"{options.seed}-{uuid.uuid4().hex[:8]}"
    stage = Stage(data_dir, workers=options.workers, mutant=options.mutant)
    try:
        chance = random.Random(options.seed)
        limits = (SHORTEST_JOB_S, LONGEST_JOB_S[options.workers])
        crowd = Crowd(stage, [round(chance.uniform(*limits), 2) for _ in range(options.jobs)])
        kinds = ["kill"] * options.kills + ["pause"] * options.pauses
        if stage.nodes and options.pauses:
            kinds[-1] = "pause_and_kill_nodes"
        faults = draw_faults(chance, kinds, list(stage.targets))
        struck_at = time.monotonic()
        for position, (kind, target, after) in enumerate(faults, start=1):
            crowd.submit_until(-(-options.jobs * position // len(faults)))
            time.sleep(after)
            print(f"  {after:4.2f} s  {kind} {target}", flush=True)
            struck_at = time.monotonic()
            getattr(stage, kind)(target)
        oracle = Oracle(data_dir, crowd.acknowledged)
        seconds = wait_until_final(oracle, options.jobs, since=struck_at)
        verdict = oracle.judge()
    finally:
        stage.close()
    if not verdict.violated() and not options.data_dir:
        shutil.rmtree(data_dir)
    counts = Counter(f"{kind}_{target}" for kind, target, _ in faults)
    return describe(options, verdict, dict(counts), seconds)


def wait_until_final(oracle: Oracle, jobs: int, *, since: float) -> float:
    """Seconds from the last fault until all jobs are final. Gives up after FINAL_WITHIN_S."""
    while oracle.count_final() < jobs and time.monotonic() < since + FINAL_WITHIN_S:
        time.sleep(0.1)
    return round(time.monotonic() - since, 1)


def describe(
    options: argparse.Namespace, verdict: Verdict, faults: dict[str, int], seconds: float
) -> dict[str, object]:
    return {
        "kind": "local",
        "seed": options.seed,
        "jobs": options.jobs,
        "workers": options.workers,
        "faults": faults,
        **verdict.counts(),
        **verdict.known,
        "seconds_to_final": seconds,
        "mutant": options.mutant,
        "violated": verdict.violated(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.crashes", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--jobs", type=int, default=30)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--pauses", type=int, default=3)
    parser.add_argument("--workers", type=int, choices=(1, 2), default=1)
    parser.add_argument("--mutant", choices=list(MUTANTS))
    parser.add_argument("--tries", type=int, default=1, help="with --mutant: how many seeds to try")
    parser.add_argument("--data-dir", type=Path, help="must not exist; default: a new one under var/chaos")
    parser.add_argument("--out", type=Path, default=DEFAULT)
    options = parser.parse_args()
    play(run, options)


if __name__ == "__main__":
    main()
