"""Time and memory of reading an upload of 12, 24 or 50 megapixels, beside Pillow alone.

    python -m benchmarks.decoding [--runs 3]

An upload is decoded in a limited child of the decoders, converted to sRGB, and written as a PNG, a preview and a
thumbnail. Its memory is that of the child at its most, which includes the pages that it shares with its parent.
The baseline decodes the same file with Pillow in a fresh process and writes a PNG, right or wrong.
"""

from __future__ import annotations

import argparse
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.pictures import make_camera_photo
from benchmarks.processes import ROOT
from benchmarks.product import end_on_signals
from benchmarks.production import scratch_folder
from benchmarks.rows import Row, compare, show
from jobs.decoders import Pool
from tests.jobs.uploads.tiff_files import Storing, write_tiff

PHOTO = ROOT / "tests" / "golden" / "photos" / "astronaut_tests_only.jpg"
SIZES = {12: (4000, 3000), 24: (6000, 4000), 50: (8160, 6144)}
_UPLOAD = """
import sys, time; from pathlib import Path; from jobs.decoders import Pool; from jobs.uploads.normalise import normalise_photo
class Watched(Pool):
    def run(self, *arguments, **options):
        self.ending = super().run(*arguments, **options)
        return self.ending
pool = Watched(Path(sys.argv[3]), "jobs.uploads.tasks")
limits = {"max_bytes": 10**9, "megapixels": 50}
began = time.perf_counter()
normalise_photo(Path(sys.argv[1]), name="x", into=Path(sys.argv[2]), pool=pool, person="x", **limits)
print(time.perf_counter() - began, pool.ending.peak_bytes // 1024)
"""
_PILLOW = """
import sys, time; began = time.perf_counter(); from PIL import Image
Image.open(sys.argv[1]).convert("RGB").save(sys.argv[2] + ".png", compress_level=1)
status = open("/proc/self/status").read()  # resource would count the parent's memory at the fork
print(time.perf_counter() - began, status.split("VmHWM:")[1].split()[0])
"""


def measure_decoding(folder: Path, runs: int) -> list[Row]:
    """Two rows for each kind and size: seconds, and the largest resident memory of a process."""
    folder.mkdir(parents=True)
    Pool(folder / "decoders", "jobs.uploads.tasks").keep()
    rows = []
    for megapixels, size in SIZES.items():
        photo = make_camera_photo(PHOTO, folder / "photo.jpg", width=size[0], height=size[1])
        for kind, write in KINDS.items():
            path = write(photo)
            pairs = [(_read(_UPLOAD, path), _read(_PILLOW, path)) for _ in range(runs)]
            for at, (what, unit) in enumerate((("time", "s"), ("memory", "MB"))):
                ours, theirs = [upload[at] for upload, _ in pairs], [pillow[at] for _, pillow in pairs]
                rows.append(
                    compare(f"upload_{what}_{kind}_{megapixels}mp", ours, unit, "Pillow alone", theirs)
                )
    return rows


def _read(code: str, path: Path) -> tuple[float, float]:
    """Runs `code` on the file; returns its seconds and the MB of its largest process."""
    into = path.parent / "into"
    command = [sys.executable, "-c", code, str(path), str(into), str(path.parent / "decoders")]
    printed = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    shutil.rmtree(into, ignore_errors=True)
    seconds, kilobytes = printed.split()
    return float(seconds), int(kilobytes) / 1024


def _pixels(photo: Path) -> NDArray[np.uint16]:
    with Image.open(photo) as image:
        return np.asarray(image).astype(np.uint16)


def _write_hdr_avif(photo: Path) -> Path:
    """10 bits, marked as BT.2020 and PQ (ITU-T H.273)."""
    options = [cv2.IMWRITE_AVIF_DEPTH, 10, cv2.IMWRITE_AVIF_SPEED, 10, cv2.IMWRITE_AVIF_QUALITY, 70]
    _, encoded = cv2.imencode(".avif", _pixels(photo)[:, :, ::-1] * 3, options)
    content = encoded.tobytes()
    at = content.index(b"nclx") + 4
    path = photo.with_suffix(".avif")
    path.write_bytes(content[:at] + struct.pack(">HH", 9, 16) + content[at + 4 :])
    return path


def _write_planes(photo: Path) -> Path:
    """A TIFF of 16 bits whose channels are stored one after the other."""
    path = photo.with_suffix(".tif")
    path.write_bytes(write_tiff(_pixels(photo) * 257, Storing(16, planar=True, rows_per_strip=64)))
    return path


KINDS: dict[str, Callable[[Path], Path]] = {
    "jpeg": lambda photo: photo,
    "hdr_avif": _write_hdr_avif,
    "planes_tiff": _write_planes,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.decoding", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3, help="interleaved runs per ratio")
    options = parser.parse_args()
    end_on_signals()
    with scratch_folder("decoding") as folder:
        show(measure_decoding(folder, options.runs))


if __name__ == "__main__":
    main()
