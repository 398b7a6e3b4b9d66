"""Makes one picture of every preset that the CPU node runs on eight kinds of photos, to be looked at.

    python -m benchmarks.contact_sheet --out var/contact-sheet.jpg

Each photo goes the way of a customer's: `manage.py process` decodes, runs and saves it. The photos are made from
the pictures in static/presets.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageDraw

from benchmarks.odd_photos import make_photos
from benchmarks.processes import ROOT

PRESETS = ("portrait_pro", "product_glow", "cinematic", "mono_film", "thumbnail_pop", "marketplace_square")
CELL, GAP, LABEL = 260, 8, 18


def main() -> None:
    """Writes the sheet: a column per photo, the photos in the first row, then a row per preset."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=ROOT / "var" / "contact-sheet.jpg")
    out = options.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        photos, shown = make_photos(Path(folder))
        rows = {"photo": shown}
        for preset in PRESETS:
            rows[preset] = _process(preset, photos, Path(folder))
        out.parent.mkdir(parents=True, exist_ok=True)
        draw_sheet(rows).save(out, quality=88)
    print(out)


def _process(preset: str, photos: Mapping[str, Path], folder: Path) -> dict[str, Image.Image]:
    command = [
        sys.executable,
        "manage.py",
        "process",
        *map(str, photos.values()),
        "--preset",
        preset,
        "--json",
    ]
    environ = {**os.environ, "DATA_DIR": str(folder / "data"), "LOG_LEVEL": "WARNING"}
    answer = subprocess.run(
        [*command, "--out", str(folder / preset)],
        cwd=ROOT, env=environ, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    files = {job["name"]: job["file"] for job in map(json.loads, answer.stdout.splitlines())}
    return {kind: Image.open(files[photo.name]) for kind, photo in photos.items()}


def draw_sheet(rows: Mapping[str, Mapping[str, Image.Image]]) -> Image.Image:
    """Returns all pictures on one sheet, each with its size; transparency shows as a chequered ground."""
    columns = list(next(iter(rows.values())))
    step = CELL + GAP
    sheet = Image.new("RGB", (len(columns) * step, len(rows) * (step + LABEL)), "#c8c8cc")
    draw = ImageDraw.Draw(sheet)
    for row, (name, pictures) in enumerate(rows.items()):
        for column, kind in enumerate(columns):
            left, top = column * step, row * (step + LABEL)
            picture = pictures[kind]
            width, height = picture.size
            draw.text((left + 4, top + 3), f"{name}: {kind} {width} x {height}", fill="black")
            cell = _cell(picture)
            sheet.paste(cell, (left + (CELL - cell.width) // 2, top + LABEL + (CELL - cell.height) // 2))
    return sheet


def _cell(picture: Image.Image) -> Image.Image:
    scale = min(CELL / picture.width, CELL / picture.height)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    small = picture.convert("RGBA").resize(
        size, Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.NEAREST
    )
    ground = Image.new("RGBA", size, "white")
    for x in range(0, size[0], 16):
        for y in range((x // 16 % 2) * 16, size[1], 32):
            ground.paste("#d8d8dc", (x, y, x + 16, y + 16))
    ground.alpha_composite(small)
    return ground.convert("RGB")


if __name__ == "__main__":
    main()
