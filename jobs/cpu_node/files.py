"""The three folders of a node (input, output, temp): file names, numbers, and the check that paths stay inside."""

import hashlib
import os
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from jobs.cpu_node.faults import Faults

KINDS = ("input", "output", "temp")
_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")
_ANNOTATION = re.compile(r"^(?P<name>.*?) ?\[(?P<kind>input|output|temp)\]$")


@dataclass(frozen=True)
class Target:
    """Where one save writes its pictures; `name(i)` is the file name of frame i."""

    folder: Path
    subfolder: str
    stem: str
    counter: int

    def name(self, index: int) -> str:
        return f"{self.stem.replace('%batch_num%', str(index))}_{self.counter + index:05}_.png"


class Files:
    """The folders below `root`, which only this user may enter. Creating this object empties temp."""

    def __init__(self, root: Path, faults: Faults | None = None) -> None:
        self.root = root.resolve()
        self.faults = faults or Faults()
        self._fingerprints: dict[Path, tuple[tuple[int, int], str]] = {}
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.root.chmod(0o700)
        shutil.rmtree(self.folder("temp"), ignore_errors=True)
        for kind in KINDS:
            self.folder(kind).mkdir(parents=True, exist_ok=True)

    def folder(self, kind: str) -> Path:
        return self.root / kind

    def inside(self, kind: str, *parts: str) -> Path | None:
        """The path below a folder, or None if it would lie outside."""
        base = self.folder(kind)
        path = Path(os.path.normpath(base.joinpath(*parts)))
        return path if path == base or base in path.parents else None

    def list_input_pictures(self) -> list[str]:
        names = (entry.name for entry in self.folder("input").iterdir() if entry.is_file())
        return sorted(name for name in names if name.lower().endswith(_PICTURES))

    def find_annotated(self, name: str) -> Path:
        """The path for `sub/p.png` (input folder) or `p.png [temp]`. Raises ValueError for a path outside."""
        match = _ANNOTATION.match(name)
        kind, plain = (match["kind"], match["name"]) if match else ("input", name)
        path = self.inside(kind, plain)
        if path is None:
            message = f"path outside the {kind} folder: {name}"
            raise ValueError(message)
        return path

    def has_annotated(self, name: str) -> bool:
        try:
            return self.find_annotated(name).is_file()
        except ValueError:
            return False

    def fingerprint_annotated(self, name: str) -> str:
        """A hash of the content. The file is read again only if its size or modification time has changed."""
        path = self.find_annotated(name)
        about = path.stat()
        state = about.st_mtime_ns, about.st_size
        known = self._fingerprints.get(path)
        if known is None or known[0] != state:
            known = state, hash_file(path)
            self._fingerprints[path] = known
        return known[1]

    def plan_output(self, prefix: str, kind: str, width: int, height: int) -> Target:
        """Folder, name and number of a save. The number is one above the largest of that prefix in the folder."""
        wanted = os.path.normpath(_fill_in(prefix, width, height))
        subfolder, stem = os.path.split(wanted)
        folder = self.inside(kind, subfolder)
        if folder is None:
            raise_outside(self.folder(kind), self.folder(kind) / subfolder)
        return Target(folder, subfolder, stem, _next_number(folder, stem))

    def free_upload_name(self, folder: Path, name: str, data: bytes) -> tuple[str, bool]:
        """A name for an upload, and whether to write it: equal bytes reuse the file, others get a numbered name."""
        suffix = Path(name).suffix
        stem = name.removesuffix(suffix)
        candidate, number = name, 0
        while (folder / candidate).exists():
            path = folder / candidate
            if path.stat().st_size == len(data) and hash_file(path) == hashlib.sha256(data).hexdigest():
                return candidate, False
            number += 1
            candidate = f"{stem} ({number}){suffix}"
        return candidate, True


def hash_file(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def raise_outside(base: Path, wanted: Path) -> NoReturn:
    message = (
        "**** ERROR: Saving image outside the output folder is not allowed."
        f"\n full_output_folder: {os.path.normpath(wanted)}\n         output_dir: {base}"
        f"\n         commonpath: {os.path.commonpath((base, os.path.normpath(wanted)))}"
    )
    raise Exception(message)


def _fill_in(prefix: str, width: int, height: int) -> str:
    if "%" not in prefix:
        return prefix
    now = time.localtime()
    values = {
        "width": width,
        "height": height,
        "year": now.tm_year,
        "month": f"{now.tm_mon:02}",
        "day": f"{now.tm_mday:02}",
        "hour": f"{now.tm_hour:02}",
        "minute": f"{now.tm_min:02}",
        "second": f"{now.tm_sec:02}",
    }
    return re.sub(r"%(\w+)%", lambda match: str(values.get(match[1], match[0])), prefix)


def _next_number(folder: Path, stem: str) -> int:
    if not folder.is_dir():
        return 1
    pattern = re.compile(re.escape(stem) + r"_(\d+)")
    numbers = (pattern.match(entry.name) for entry in folder.iterdir())
    return max((int(match[1]) for match in numbers if match), default=0) + 1
