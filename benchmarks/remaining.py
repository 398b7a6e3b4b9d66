"""Accuracy of the time left that a running job shows, for photos larger than all that ran before.

    python -m benchmarks.remaining

The product in one process with one CPU node. Each preset first makes small photos; then photos of 12 and 24
megapixels are followed, and each time left that the API says is compared with the time that the job then took.
The baseline is the typical time of the runs before times the percentage left.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import httpx2

from benchmarks.pictures import make_camera_photo
from benchmarks.processes import ROOT, manage, serve, wait_until_healthy
from benchmarks.product import end_on_signals
from benchmarks.production import new_folder
from benchmarks.rows import Row, compare, show
from benchmarks.site import DEMO_EMAIL

PRESETS = ("cinematic", "mono_film", "product_glow")
PHOTO = ROOT / "tests" / "golden" / "photos" / "coffee.jpg"
SMALL = ((1600, 1200), (2400, 1800))
LARGE = ((4000, 3000), (5712, 4284))
EACH = 2
LAST_S = 1.5
LOOK_EVERY_S = 0.3
FINAL = ("completed", "failed", "cancelled")


@dataclass
class Followed:
    """What the API said of one job: (time, seconds left as said, percent) per look, and its own times."""

    looks: list[tuple[float, float | None, float]] = field(default_factory=list)
    took_s: float = 0.0
    ended_at: float = 0.0

    def errors(self) -> list[float]:
        """|said − true| ÷ true in percent, for each look that said a time."""
        return [_error(said, self.ended_at - at) for at, said, _ in self._said()]

    def errors_of_typical(self, typical_s: float) -> list[float]:
        """The same for the typical time times the percentage left, at the same looks."""
        return [
            _error(typical_s * (1 - percent / 100), self.ended_at - at) for at, _, percent in self._said()
        ]

    def _said(self) -> Iterator[tuple[float, float, float]]:
        """The looks that said a time, but for the last seconds, in which rounding decides."""
        for at, said, percent in self.looks:
            if said is not None and self.ended_at - at > LAST_S:
                yield at, said, percent


def measure_remaining(data_dir: Path) -> list[Row]:
    """One row per size of photo: the median error over all presets."""
    with running_site(data_dir) as client:
        photos = Photos(client, data_dir)
        errors: dict[tuple[int, int], list[float]] = {size: [] for size in LARGE}
        typical: dict[tuple[int, int], list[float]] = {size: [] for size in LARGE}
        for preset in PRESETS:
            before = [follow(client, preset, photos.add(size)) for size in SMALL for _ in range(EACH)]
            usual = median(each.took_s for each in before)
            for size in LARGE:
                for followed in (follow(client, preset, photos.add(size)) for _ in range(EACH)):
                    errors[size] += followed.errors()
                    typical[size] += followed.errors_of_typical(usual)
    return [_row(size, errors[size], typical[size]) for size in LARGE]


@dataclass
class Photos:
    """Uploads photos that all differ: a node has the steps of a photo that it has seen in its cache."""

    client: httpx2.Client
    folder: Path
    made: int = 0

    def add(self, size: tuple[int, int]) -> str:
        """Uploads a new photo, at most 1 % smaller than `size`, and returns its id."""
        width, height = size[0] - self.made, size[1] - self.made
        self.made += 1
        photo = make_camera_photo(PHOTO, self.folder / f"{self.made}.jpg", width=width, height=height)
        answer = self.client.post("/uploads", files={"file": (photo.name, photo.read_bytes(), "image/jpeg")})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


@contextmanager
def running_site(data_dir: Path) -> Iterator[httpx2.Client]:
    """The product on SQLite with one CPU node, and an API client of its demo account."""
    data_dir.mkdir(parents=True)
    server = serve(data_dir, nodes=1, environ={"LOG_FORMAT": "json"})
    try:
        url = wait_until_healthy(server.start())
        key = manage("create_api_key", DEMO_EMAIL, data_dir=data_dir).split()[-1]
        with httpx2.Client(
            base_url=f"{url}/api/v1", headers={"X-API-Key": key}, timeout=120, trust_env=False
        ) as client:
            yield client
    finally:
        server.stop()


def follow(client: httpx2.Client, preset: str, upload_id: str) -> Followed:
    """Submits a job and looks at it until it ends. Raises AssertionError unless it completes."""
    body = {"preset": preset, "upload_id": upload_id}
    answer = client.post("/jobs", json=body)
    assert answer.status_code == 202, answer.text
    address, followed, began = f"/jobs/{answer.json()['job_id']}", Followed(), time.time()
    while (job := _read(client, address))["status"] not in FINAL:
        followed.looks.append((time.time(), job["eta"], job["percent"]))
        time.sleep(LOOK_EVERY_S)
    followed.ended_at = time.time()
    followed.took_s = followed.ended_at - began
    assert job["status"] == "completed", job
    return followed


def _read(client: httpx2.Client, address: str) -> dict[str, Any]:
    job: dict[str, Any] = client.get(address).raise_for_status().json()
    return job


def _row(size: tuple[int, int], errors: list[float], typical: list[float]) -> Row:
    megapixels = size[0] * size[1] / 1e6
    note = f"{len(errors)} looks at {len(PRESETS) * EACH} jobs"
    name = f"time_left_error_{megapixels:.0f}mp"
    return compare(name, [median(errors)], "%", "typical time × percent left", [median(typical)], note)


def _error(said: float, true: float) -> float:
    return abs(said - true) / max(true, LOOK_EVERY_S) * 100


def main() -> None:
    end_on_signals()
    folder = new_folder("bench")
    try:
        show(measure_remaining(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
