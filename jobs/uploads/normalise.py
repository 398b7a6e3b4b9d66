"""The caller's side: has a limited child decode one file, checks its files and moves complete results only."""

import hashlib
import json
import logging
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jobs.decoders import Ending, Pool, PoolLost
from jobs.uploads.child_limits import ChildLimits
from jobs.uploads.files.formats import HEAD_BYTES, Format, identify
from jobs.uploads.metadata.notices import clean_notices
from jobs.uploads.unfit import SAVE_AGAIN, Unfit, refuse, too_many_bytes

logger = logging.getLogger(__name__)

PHOTO, PREVIEW, THUMBNAIL = "photo.png", "preview.webp", "thumbnail.webp"
_REPORT, _STDERR = "report.json", "stderr.txt"
_REPORT_BYTES = 16_384


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
    source: Path,
    *,
    name: str,
    into: Path,
    max_bytes: int,
    megapixels: int,
    pool: Pool,
    person: str,
    gone: threading.Event | None = None,
) -> NormalisedPhoto:
    """Decodes `source` in a limited child and puts photo.png, preview.webp and thumbnail.webp into `into`.

    `name` is the sender's name for the file; only messages use it. `max_bytes` and `megapixels` limit the file
    and the picture. `pool` runs one child of a `person` at a time. Raises RefusedPhoto for a file that cannot be
    used (then `into` holds nothing of it), decoders.Busy if no turn came in time, decoders.CallerGone if `gone`
    is set meanwhile, and DecoderFailed for a fault on our side.
    """
    try:
        kind = _check_before_decoding(source, max_bytes)
        limits = ChildLimits.sized_for(max_bytes, megapixels)
        into.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="decoding-", dir=into) as folder:
            work = Path(folder)
            arguments = [str(source.resolve()), kind, limits.dump()]
            try:
                ending = pool.run("photo", arguments, folder=work, person=person, gone=gone)
            except PoolLost as error:
                raise DecoderFailed(str(error)) from error
            _judge(ending, work)
            return _take_result(work, kind, into)
    except Unfit as unfit:
        raise refuse(name, unfit) from None


def _check_before_decoding(source: Path, max_bytes: int) -> Format:
    """Checks size and format, which needs no child. Raises Unfit."""
    if source.stat().st_size > max_bytes:
        raise too_many_bytes(max_bytes)
    with source.open("rb") as file:
        return identify(file.read(HEAD_BYTES))


def _judge(ending: Ending, work: Path) -> None:
    """Raises the error that the child's ending stands for, unless it left a report."""
    if ending.status == 0:
        return
    stderr = (work / _STDERR).read_bytes()[-2000:].decode(errors="replace")
    logger.warning("decoder ended with status %d: %s", ending.status, stderr)
    if ending.took_too_long:
        raise Unfit("unsupported_image", "took too long to read.", SAVE_AGAIN)
    if ending.status < 0:
        raise Unfit("unsupported_image", "could not be read.", SAVE_AGAIN)
    raise DecoderFailed(f"decoder ended with status {ending.status}")


def _take_result(work: Path, kind: Format, into: Path) -> NormalisedPhoto:
    try:
        photo = _read_result(work, kind, _read_report(work))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DecoderFailed(f"the decoder left no sound result: {error!r}") from error
    for file in (PHOTO, PREVIEW, THUMBNAIL):
        (work / file).replace(into / file)
    return photo


def _read_report(work: Path) -> dict[str, Any]:
    """Returns the child's report; raises Unfit if it is a refusal."""
    with (work / _REPORT).open("rb") as file:
        report: dict[str, Any] = json.loads(file.read(_REPORT_BYTES))
    if "code" in report:
        raise Unfit(report["code"], report["reason"], report["advice"], exceeds=report["exceeds"])
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
