"""How long it takes from a photo in a watched folder to its job: by a push, by polling, and in a folder of this machine.

    python -m benchmarks.drop_to_job [--drops 20] [--seconds 240] [--mutant deaf_bell]

The product runs with its own servers and processes, and a fake Google Drive. Photos are dropped at random times into
three folders: one of a Google connection with a channel, one of a connection without, one of this machine. All
intervals are the product's own; the channel that the product makes itself leads nowhere. A drop is counted from the
moment it lies there whole to the row of its job, by the one clock of this machine. It exits with 1 if a job is missing, or if the p95 exceeds the bound. A mutant run passes if
it violates something.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import time
import uuid
from pathlib import Path

import psycopg

from benchmarks.dropped import encode
from benchmarks.mutants import MUTANTS
from benchmarks.processes import ROOT, Process
from benchmarks.product import Product, end_on_signals
from benchmarks.rows import percentile
from benchmarks.runs import DEFAULT, play
from drive.google_fake import Server, World
from drive.google_fake.world import FOLDER

PRESET, PARAMETERS = "trial_invert", {"seconds": 0}
WAYS = ("push", "poll", "local")
TICK_S = 1.0
GOOGLE_POLL_S, LOCAL_POLL_S = 60.0, 2.0
TAKEN_S = 3.0
BOUNDS_S = {
    "push": TAKEN_S,
    "poll": GOOGLE_POLL_S + TICK_S + TAKEN_S,
    "local": 2 * (LOCAL_POLL_S + TICK_S) + TAKEN_S,
}
"""A poll is due by its interval and begun by the next tick of the clock. A file of this machine is seen by one look, and
is whole if the next one sees it unchanged."""
LATE_S = 30.0
JOBS = """
    SELECT p.name, EXTRACT(EPOCH FROM j.created_at)::float8
    FROM drive_picture p JOIN jobs_job j ON j.id = p.job_id"""


class GoogleProduct(Product):
    """The product with a Google Drive of our own. A mutant is in the web process too, where Google calls."""

    def __init__(self, folder: Path, google: str, *, mutant: str | None) -> None:
        super().__init__(folder, lease_s=15, nodes=2, mutant=mutant, presets=(PRESET,))
        self.google = google

    @property
    def environ(self) -> dict[str, str]:
        """Only the profile for one machine takes the address of a fake Google; the servers are the same."""
        return super().environ | {
            "ENVIRONMENT": "local",
            "CPU_NODES": "0",
            "DEMO_ACCOUNT": "false",
            "GOOGLE_CLIENT_ID": "trial",
            "GOOGLE_CLIENT_SECRET": "trial",
            "GOOGLE_DRIVE": "read",
            "GOOGLE_DRIVE_URL": self.google,
            "ENCRYPTION_KEYS": "for-trials-only-" * 4,
            "DRIVE_POLL_SECONDS": str(GOOGLE_POLL_S),
            "FOLDER_POLL_SECONDS": str(LOCAL_POLL_S),
        }

    def read(self, query: str) -> list[tuple]:
        with psycopg.connect(self.stack.postgres.url, autocommit=True) as connection:
            return connection.execute(query.encode()).fetchall()

    def _role(self, role: str, ready: str, *options: str, name: str = "") -> Process:
        process = super()._role(role, ready, *options, name=name)
        if self.mutant and role == "web":
            program = ["-m", "benchmarks.mutants", self.mutant, role, *options]
            process = Process(program, log=process.log, ready=ready, environ=self.environ)
        return process


class Places:
    """The three watched folders, each with a person of its own."""

    def __init__(self, product: GoogleProduct, google: Server) -> None:
        self.world, self.root = google.world, product.folder / "person"
        self.inboxes: dict[str, str] = {}
        (self.root / "inbox").mkdir(parents=True)
        product.make_people([_address(way) for way in WAYS])
        made = {"preset": PRESET, "parameters": PARAMETERS}
        product.call("watched", email=_address("local"), root=str(self.root), **made)
        for way in ("push", "poll"):
            inbox, outbox = (self._folder(way, name) for name in ("inbox", "outbox"))
            ring = f"{product.url}/drive/ring/" if way == "push" else ""
            product.call("google_watched", email=_address(way), inbox=inbox, outbox=outbox, ring=ring, **made)
            self.inboxes[way] = inbox

    def drop(self, way: str, name: str, content: bytes) -> float:
        """Puts a photo there; returns when it was whole, in seconds since 1970."""
        if way == "local":
            hidden = self.root / "inbox" / f".{name}.tmp"
            hidden.write_bytes(content)
            hidden.rename(self.root / "inbox" / name)
        else:
            self.world.put(_address(way), name, parent=self.inboxes[way], content=content)
        return time.time()

    def _folder(self, way: str, name: str) -> str:
        return self.world.put(_address(way), name, mime_type=FOLDER).id


def run(options: argparse.Namespace) -> dict[str, object]:
    """Runs once, from empty servers to the figures. Keeps the logs if something was violated."""
    folder = ROOT / "var" / "chaos" / f"drop-{uuid.uuid4().hex[:8]}"
    google = Server(World(is_live=True))
    google.start()
    google.channels.start()
    product = GoogleProduct(folder, google.url, mutant=options.mutant)
    try:
        product.start()
        dropped = _drop(Places(product, google), options)
        waits = _wait(product, dropped)
    finally:
        product.close()
        google.stop()
    figures = _describe(dropped, waits, options)
    if not figures["violated"]:
        shutil.rmtree(folder)
    return figures


def _drop(places: Places, options: argparse.Namespace) -> dict[str, float]:
    """Name of each photo → when it was dropped."""
    chance = random.Random(options.seed)
    photos = [f"{way}-{number}.png" for way in WAYS for number in range(options.drops)]
    plan = sorted((chance.uniform(0, options.seconds), number, name) for number, name in enumerate(photos))
    dropped = {}
    began = time.monotonic()
    for at, number, name in plan:
        time.sleep(max(0.0, began + at - time.monotonic()))
        dropped[name] = places.drop(name.partition("-")[0], name, encode(number, ".png"))
    return dropped


def _wait(product: GoogleProduct, dropped: dict[str, float]) -> dict[str, float]:
    """Seconds from each drop to its job. Gives up LATE_S after the last bound."""
    give_up = time.monotonic() + max(BOUNDS_S.values()) + LATE_S
    while True:
        made = dict(product.read(JOBS))
        if len(made) == len(dropped) or time.monotonic() > give_up:
            return {name: made[name] - at for name, at in dropped.items() if name in made}
        time.sleep(0.5)


def _describe(
    dropped: dict[str, float], waits: dict[str, float], options: argparse.Namespace
) -> dict[str, object]:
    figures: dict[str, object] = {"kind": "drop_to_job", "seed": options.seed, "drops": options.drops}
    violated = []
    for way in WAYS:
        names = [name for name in dropped if name.startswith(way)]
        found = [waits[name] for name in names if name in waits]
        p50, p95 = (round(percentile(found, each), 2) if found else None for each in (50, 95))
        missing = len(names) - len(found)
        figures[way] = {"p50_s": p50, "p95_s": p95, "bound_s": BOUNDS_S[way], "missing": missing}
        if missing or p95 is None or p95 > BOUNDS_S[way]:
            violated.append(way)
    load = [round(each, 1) for each in os.getloadavg()]
    return figures | {"load": load, "mutant": options.mutant, "violated": violated}


def _address(way: str) -> str:
    return f"{way}@example.org"


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.drop_to_job", description=__doc__.splitlines()[0])
    parser.add_argument("--drops", type=int, default=20, help="into each folder")
    parser.add_argument("--seconds", type=float, default=240, help="over which they are spread")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--mutant", choices=list(MUTANTS))
    parser.add_argument("--tries", type=int, default=1, help="with --mutant: how many seeds to try")
    parser.add_argument("--out", type=Path, default=DEFAULT)
    options = parser.parse_args()
    end_on_signals()
    play(run, options)


if __name__ == "__main__":
    main()
