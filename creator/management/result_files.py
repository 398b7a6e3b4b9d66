"""Where `manage.py process` writes results: names that are free and fit, checked before anything is made."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection
from pathlib import Path

from django.core.files.storage import default_storage

from creator.lib.errors import Refused
from creator.lib.file_names import fit_file_name
from creator.lib.private_files import open_as_the_shell_would
from jobs.enums import ArtifactKind
from jobs.models import Job


class ResultFiles:
    """`out` is a file, or a folder if it is one, ends with `/`, or is to take several results.

    Never writes over one of `photos`, nor over a result of the same run. Raises Refused if nothing can be
    written there.
    """

    def __init__(self, out: str, *, several: bool, photos: Collection[Path]) -> None:
        self.out = Path(out)
        self.several = several
        self.taken = {os.path.realpath(photo) for photo in photos} if several else set()
        try:
            self.is_folder = out.endswith("/") or self.out.is_dir() or (several and not self.out.suffix)
            self._check()
        except OSError as error:
            reason = f"{error.filename or out}: {error.strerror}"
            raise Refused("invalid_parameters", f"Results cannot be written to {out}. {reason}.") from error

    def _check(self) -> None:
        """Makes the folder and tries to write. Raises OSError."""
        folder = self.out if self.is_folder else self.out.parent
        _make(folder)
        if not self.is_folder and not self.several and self.out.exists():
            with self.out.open("ab"):
                return
        with tempfile.TemporaryFile(dir=folder):
            return

    def write(self, job: Job, photo: str) -> Path:
        """Copies the result of a photo named `photo` (without extension; empty: none). Raises OSError."""
        target = self._free(self._target(job, photo))
        self.taken.add(os.path.realpath(target))
        artifact = job.artifacts.get(kind=ArtifactKind.RESULT)
        is_new = not target.exists()
        try:
            with default_storage.open(artifact.key, "rb") as source, target.open("wb") as copy:
                if is_new:
                    open_as_the_shell_would(target)
                for chunk in source.chunks():
                    copy.write(chunk)
        except OSError:
            if target.is_file():
                target.unlink()  # half a picture
            raise
        return target

    def _target(self, job: Job, photo: str) -> Path:
        if self.is_folder:
            return self.out / (job.name_result(photo) if photo else job.result_name)
        if self.several:
            return self.out.with_name(fit_file_name(photo or Path(job.name).stem, f"-{self.out.name}"))
        return self.out

    def _free(self, target: Path) -> Path:
        """The second of two photos with the same name gets the suffix `-2`."""
        number, free = 1, target
        while os.path.realpath(free) in self.taken:
            number += 1
            free = target.with_name(fit_file_name(target.stem, f"-{number}{target.suffix}"))
        return free


def _make(folder: Path) -> None:
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in missing:
        open_as_the_shell_would(each)


def readable_file(path: Path) -> Path:
    """The path of a photo. Raises Refused for anything that cannot be read as a file."""
    try:
        if path.is_dir():
            raise Refused(
                "unsupported_image", f"{path} is a folder. Name the photos in it, such as {path}/*.jpg."
            )
        if not path.exists():
            raise Refused("unsupported_image", f"{path}: there is no such file.")
        if not path.is_file():
            raise Refused("unsupported_image", f"{path} is not a file.")
        with path.open("rb"):
            return path
    except OSError as error:
        raise Refused("unsupported_image", f"{path} cannot be read: {error.strerror}.") from error
