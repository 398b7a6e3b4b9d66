"""What a look at a watched directory costs, by how many files lie in it: `python -m benchmarks.folder_looks`.

Compares a directory of 100 files with one of many (`--files`): a look with nothing new, one with one new file, and a
look without a cursor. Each number is the median of several looks (`--looks`). Ratios are many to 100.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from statistics import median

from drive.sources.folder import FolderSource

FEW = 100


class Directory:
    """A watched directory with so many old files. Our clock passes as it is told."""

    def __init__(self, root: Path, files: int) -> None:
        self.root, self.now, self.names = root, time.time(), 0
        self.source = FolderSource(root, clock=lambda: self.now)
        for number in range(files):
            (root / f"IMG_{number:06}.jpg").write_bytes(b"photo")
        self.cursor: str | None = None

    def settle(self) -> int:
        """Looks until nothing is left to find. Returns how many files were found."""
        found = 0
        for _ in range(3):
            more = True
            while more:
                look = self.source.look([""], self.cursor)
                found, self.cursor = found + len(look.files), look.cursor
                more = look.more or look.settling_s is not None
                self.now += look.settling_s or 0
            self.now += 10
        return found

    def look_ms(self) -> float:
        began = time.perf_counter()
        self.source.look([""], self.cursor)
        return (time.perf_counter() - began) * 1000

    def look_with_one_new_ms(self) -> float:
        self.names += 1
        (self.root / f"new {self.names}.jpg").write_bytes(b"photo")
        took = self.look_ms()
        self.settle()
        return took


def measure(files: int, looks: int) -> dict[str, float]:
    """Milliseconds of one look, and seconds until all files of a new connection were found."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Directory(Path(folder), files)
        began = time.perf_counter()
        directory.settle()
        all_s = time.perf_counter() - began
        nothing = median(directory.look_ms() for _ in range(10 * looks))
        one = median(directory.look_with_one_new_ms() for _ in range(looks))
        size = len(directory.cursor or "")
    return {"nothing new, ms": nothing, "one new, ms": one, "all, s": all_s, "cursor, bytes": size}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--looks", type=int, default=5)
    asked = parser.parse_args()
    few, many = measure(FEW, asked.looks), measure(asked.files, asked.looks)
    for name in few:
        print(
            json.dumps(
                {
                    "measured": name,
                    str(FEW): few[name],
                    str(asked.files): many[name],
                    "ratio": round(many[name] / few[name], 2),
                }
            )
        )


if __name__ == "__main__":
    main()
