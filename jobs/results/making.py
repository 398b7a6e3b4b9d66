"""The caller's side: has limited children make results, and takes from them only what can be true."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from jobs.decoders import Ending
from jobs.results.formats import (
    CONTENT_TYPES,
    FLAT,
    MAX_RESULT_PIXELS,
    PREVIEW,
    REPORT,
    SIGNATURES,
    THUMBNAIL,
    ResultFormat,
    result_name,
)

Run = Callable[[str, Sequence[str], Path], Ending]
"""Runs a task of `jobs.results.tasks` with arguments in a working folder."""

_REPORT_BYTES, _STDERR_BYTES = 16_384, 2000
_HEADER_BYTES, _COLOUR_TYPE, _RGBA = 26, 25, b"\x06"
_KILLED = -9


class Unreadable(ValueError):
    """The node's output is no complete picture of a format that we read."""


class DecoderFailed(RuntimeError):
    """The child failed for a reason on our side, e.g. a full disk or too little memory."""


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A picture that a child made; `width` and `height` in pixels."""

    path: Path
    content_type: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class MadeResult:
    """A finished picture with its small copies."""

    result: MadeFile
    preview: MadeFile
    thumbnail: MadeFile


@dataclass(frozen=True, slots=True)
class Kept:
    """The stored photo whose transparency its result is to have, and the colour (#rrggbb) that the node saw."""

    photo: Path
    ground: str


def make_result(
    run: Run, output: Path, *, format: ResultFormat, notices: Mapping[str, str], kept: Kept | None
) -> MadeResult:
    """Verifies a node's output and encodes it, into its folder. Raises Unreadable and DecoderFailed."""
    photo = [str(kept.photo), kept.ground] if kept else ["", ""]
    arguments = [str(output), format, json.dumps(notices), *photo]
    sizes = _sizes(run("encode", arguments, output.parent), output.parent)

    def made(name: str, format: ResultFormat) -> MadeFile:
        return _take(output.parent / name, format, sizes)

    return MadeResult(made(result_name(format), format), made(PREVIEW, "webp"), made(THUMBNAIL, "webp"))


def check_output(run: Run, output: Path) -> None:
    """Raises Unreadable unless the output is a complete picture, and DecoderFailed.

    If a node is killed while it writes a PNG, it later serves the partial file with status 200. Only decoding
    detects that.
    """
    _sizes(run("check", [str(output)], output.parent), output.parent)


def lay_photo(run: Run, photo: Path, ground: str) -> Path:
    """Lays a stored photo that is transparent on `ground` (#rrggbb). Returns a PNG in its folder.

    Raises DecoderFailed.
    """
    sizes = _sizes(run("lay_photo", [str(photo), ground], photo.parent), photo.parent)
    return _take(photo.parent / FLAT, "png", sizes).path


def is_transparent(photo: IO[bytes]) -> bool:
    """Tells whether a stored photo has an alpha channel, from its header alone (PNG third edition, 11.2.1)."""
    header = photo.read(_HEADER_BYTES)
    photo.seek(0)
    return header[_COLOUR_TYPE : _COLOUR_TYPE + 1] == _RGBA


def _sizes(ending: Ending, folder: Path) -> Mapping[str, Any]:
    """Returns what the child reports, by file name. Raises Unreadable and DecoderFailed."""
    if ending.took_too_long:
        raise Unreadable("took too long to decode")
    if ending.status < 0 and ending.status != _KILLED:
        raise Unreadable(f"broke its decoder: signal {-ending.status}")
    if ending.status != 0:
        stderr = (folder / "stderr.txt").read_bytes()[-_STDERR_BYTES:].decode(errors="replace")
        raise DecoderFailed(f"status {ending.status}: {stderr}")
    try:
        with (folder / REPORT).open("rb") as file:
            report: Mapping[str, Any] = json.loads(file.read(_REPORT_BYTES))
        reason = report.get("unreadable")
    except (OSError, ValueError, AttributeError) as error:
        raise DecoderFailed(f"no sound report: {error!r}") from error
    if reason is not None:
        raise Unreadable(str(reason))
    return report


def _take(path: Path, format: ResultFormat, sizes: Mapping[str, Any]) -> MadeFile:
    """Raises DecoderFailed for what none of our children reports or writes."""
    try:
        width, height = map(int, sizes[path.name])
        with path.open("rb") as file:
            begins_right = file.read(len(SIGNATURES[format])) == SIGNATURES[format]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DecoderFailed(f"no sound {path.name}: {error!r}") from error
    if path.is_symlink() or not begins_right or not 0 < width * height <= MAX_RESULT_PIXELS:
        raise DecoderFailed(f"no sound {path.name}")
    return MadeFile(path, CONTENT_TYPES[format], width, height)
