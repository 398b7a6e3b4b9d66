"""The parent process: runs a limited child for one file, checks its files and moves complete results only."""

import hashlib
import json
import logging
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from jobs.uploads.child_limits import ChildLimits
from jobs.uploads.files.formats import HEAD_BYTES, Format, identify
from jobs.uploads.metadata.notices import clean_notices
from jobs.uploads.unfit import SAVE_AGAIN, Unfit, refuse

logger = logging.getLogger(__name__)

PHOTO, PREVIEW, THUMBNAIL = "photo.png", "preview.webp", "thumbnail.webp"
_REPORT, _STDERR = "report.json", "stderr.txt"
_REPORT_BYTES = 16_384
_PROJECT_ROOT = Path(__file__).resolve().parents[2]
# `-I` keeps the environment and the working folder out of the module search path, so add the project's root
# again.
_BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]); from jobs.uploads.decoder import main; main(sys.argv[2:])"
)

_children = threading.BoundedSemaphore(os.cpu_count() or 1)


class DecoderFailed(RuntimeError):
    """The child failed for a reason on our side, e.g. a full disk, and not because of the photo."""


@dataclass(frozen=True, slots=True)
class NormalisedPhoto:
    """The result of `normalise_photo`; the files are in its folder.

    `width` and `height` are in pixels; `mode` is RGB or RGBA; `bytes` and `sha256` describe photo.png;
    `format` is that of the sent file (JPEG, PNG, WEBP, TIFF, AVIF, HEIF); `notices` may hold `copyright`,
    `artist` and `captured_at` (ISO 8601).
    """

    width: int
    height: int
    mode: str
    bytes: int
    sha256: str
    format: str
    notices: dict[str, str] = field(default_factory=dict)


def normalise_photo(
    source: Path, *, name: str, into: Path, max_bytes: int, megapixels: int, timeout_s: float = 60
) -> NormalisedPhoto:
    """Decodes `source` in a limited child and puts photo.png, preview.webp and thumbnail.webp into `into`.

    `name` is the sender's name for the file; only messages use it. `max_bytes` and `megapixels` limit the file
    and the picture. `timeout_s` is in seconds. This process runs at most one child per processor at a time;
    further calls wait. Raises RefusedPhoto for a file that cannot be used (then `into` holds nothing of it) and
    DecoderFailed for a fault on our side.
    """
    try:
        kind = _check_before_decoding(source, max_bytes)
        return _decode(source, kind, into, ChildLimits.sized_for(max_bytes, megapixels, timeout_s), timeout_s)
    except Unfit as unfit:
        raise refuse(name, unfit) from None


def _check_before_decoding(source: Path, max_bytes: int) -> Format:
    """Checks size and format, which needs no child. Raises Unfit."""
    if source.stat().st_size > max_bytes:
        limit = f"{max_bytes / 1024**2:.3g} MB"
        raise Unfit("body_too_large", f"is larger than {limit}.", f"Send a file of at most {limit}.")
    with source.open("rb") as file:
        return identify(file.read(HEAD_BYTES))


def _decode(source: Path, kind: Format, into: Path, limits: ChildLimits, timeout_s: float) -> NormalisedPhoto:
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="decoding-", dir=into) as folder:
        work = Path(folder)
        with _children:
            status = _run_child(source.resolve(), kind, work, limits, timeout_s)
        if status != 0:
            _raise_for(work, status)
        try:
            photo = _read_result(work, kind, _read_report(work))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise DecoderFailed(f"the decoder left no sound result: {error!r}") from error
        for file in (PHOTO, PREVIEW, THUMBNAIL):
            (work / file).replace(into / file)
        return photo


def _run_child(source: Path, kind: Format, work: Path, limits: ChildLimits, timeout_s: float) -> int:
    """Runs the decoder in its own session; returns its exit status (negative: the signal that ended it)."""
    command = [sys.executable, "-I", "-c", _BOOT, str(_PROJECT_ROOT), str(source), kind, limits.dump()]
    with (work / _STDERR).open("wb") as stderr:
        child = subprocess.Popen(
            command,
            cwd=work,
            # Each further malloc arena and each thread of NumPy's library reserves limited address space.
            env={
                "LC_ALL": "C.UTF-8",
                "MALLOC_ARENA_MAX": "1",
                "OPENBLAS_NUM_THREADS": "1",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )
        try:
            _await_end(child, timeout_s)
            return child.wait(0)
        except subprocess.TimeoutExpired:
            raise _took_too_long() from None
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def _await_end(child: subprocess.Popen[bytes], timeout_s: float) -> None:
    """Returns as soon as the child has ended or the time is up. `Popen.wait` would check only every 50 ms."""
    descriptor = os.pidfd_open(child.pid)
    try:
        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN)
        waiting.poll(timeout_s * 1000)
    finally:
        os.close(descriptor)


def _took_too_long() -> Unfit:
    return Unfit("unsupported_image", "took too long to read.", SAVE_AGAIN)


def _raise_for(work: Path, status: int) -> NoReturn:
    """Raises the error that the child's exit status stands for."""
    stderr = (work / _STDERR).read_bytes()[-2000:].decode(errors="replace")
    logger.warning("decoder ended with status %d: %s", status, stderr)
    if status == -signal.SIGXCPU:
        raise _took_too_long()
    if status < 0:
        raise Unfit("unsupported_image", "could not be read.", SAVE_AGAIN)
    raise DecoderFailed(f"decoder ended with status {status}")


def _read_report(work: Path) -> dict[str, Any]:
    """Returns the child's report; raises Unfit if it is a refusal."""
    with (work / _REPORT).open("rb") as file:
        report: dict[str, Any] = json.loads(file.read(_REPORT_BYTES))
    if "code" in report:
        raise Unfit(report["code"], report["reason"], report["advice"])
    if any((work / name).is_symlink() for name in (PHOTO, PREVIEW, THUMBNAIL)):
        raise ValueError("a link in place of a picture")  # our decoder never makes one
    return report


def _read_result(work: Path, kind: Format, report: dict[str, Any]) -> NormalisedPhoto:
    with (work / PHOTO).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return NormalisedPhoto(
        width=int(report["width"]),
        height=int(report["height"]),
        mode=str(report["mode"]),
        bytes=(work / PHOTO).stat().st_size,
        sha256=digest,
        format=kind,
        notices=clean_notices(report["notices"]),
    )
