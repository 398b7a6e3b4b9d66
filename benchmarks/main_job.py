"""Times `manage.py process` for a camera photo with each preset, compared with the node's own time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.pictures import make_camera_photo
from benchmarks.processes import ROOT
from benchmarks.rows import Row, compare

PRESETS = ("cinematic", "portrait_pro", "product_glow", "mono_film", "thumbnail_pop", "marketplace_square")
LARGE = {"thumbnail_pop": "1920x1080"}
PHOTO = ROOT / "tests" / "golden" / "photos" / "coffee.jpg"


def measure_main_job(data_dir: Path, *, presets: tuple[str, ...] = PRESETS) -> list[Row]:
    """A 12-megapixel photo at its own size, and at 2048 pixels or a fixed format's largest size.

    Each photo is a new command that starts everything.
    """
    photo = make_camera_photo(PHOTO, data_dir / "camera.jpg")
    rows = []
    for preset in presets:
        for size in (None, LARGE.get(preset, "2048")):
            values = ["--set", f"size={size}"] if size else []
            wall, node = _process(photo, data_dir, preset, values)
            name = f"process_{preset}_{size or 'default'}_s"
            rows.append(
                compare(name, [wall], "s", "the node's own time", [node], "12 MP, cold start included")
            )
    return rows


def _process(photo: Path, data_dir: Path, preset: str, values: list[str]) -> tuple[float, float]:
    """Seconds of the whole command, and of the node."""
    command = [sys.executable, "manage.py", "process", str(photo), "--preset", preset, *values, "--json"]
    out = data_dir / f"{preset}.png"
    environ = {**os.environ, "DATA_DIR": str(data_dir / "process"), "LOG_LEVEL": "WARNING"}
    began = time.perf_counter()
    answer = subprocess.run(
        [*command, "--out", str(out)], cwd=ROOT, env=environ, check=True, capture_output=True, text=True
    )
    wall = time.perf_counter() - began
    return wall, float(json.loads(answer.stdout)["node_seconds"])
