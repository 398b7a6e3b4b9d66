"""The files of the repository, as git lists them."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def tracked() -> tuple[Path, ...]:
    """Returns every committed or staged file that still exists, relative to the root."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return tuple(Path(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


def texts(*suffixes: str) -> dict[str, str]:
    """Returns path → text of the tracked files with these suffixes, except golden data."""
    return {
        str(path): (ROOT / path).read_text("utf-8")
        for path in tracked()
        if path.suffix in suffixes and path.parts[:2] != ("tests", "golden")
    }
