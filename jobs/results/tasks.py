"""What a child of the results' decoders may be asked to do: name → function of its arguments.

Each function limits and confines itself before it reads a file. It leaves a report: the sizes of the pictures
that it made, or why the file cannot be read. Any other failure is ours and ends it with status 1.
"""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from PIL import Image

from jobs.decoders.confinement import confine
from jobs.results.encoding import decode_output, encode_result, read_size
from jobs.results.formats import (
    FLAT,
    MAX_RESULT_PIXELS,
    PREVIEW,
    REPORT,
    THUMBNAIL,
    ResultFormat,
    result_name,
)
from jobs.results.png import SIGNATURE, check_end
from jobs.results.transparency import Cutout, lay_on
from jobs.uploads.child_limits import ChildLimits
from jobs.uploads.derivatives import derive_preview, derive_thumbnail

Sizes = Mapping[str, tuple[int, int]]


def encode(arguments: list[str]) -> None:
    """Makes result, preview and thumbnail of an output.

    `arguments` are [output, format, notices as JSON, photo whose transparency is kept or empty, its ground].
    """
    output, format, notices, photo, ground = arguments
    kind = cast(ResultFormat, format)
    names = result_name(kind), PREVIEW, THUMBNAIL

    def make(limits: ChildLimits) -> Sizes:
        content = Path(output).read_bytes()
        _allow_time(limits, read_size(content))
        cutout = _read_cutout(photo, ground) if photo else None
        result = encode_result(content, format=kind, notices=json.loads(notices), cutout=cutout)
        made = result.content, derive_preview(result.image), derive_thumbnail(result.image)
        for name, picture in zip(names, made, strict=True):
            Path(name).write_bytes(picture)
        return {names[0]: result.image.size, PREVIEW: _size(made[1]), THUMBNAIL: _size(made[2])}

    _report([output, *([photo] if photo else [])], names, make)


def check(arguments: list[str]) -> None:
    """Decodes an output completely; `arguments` are [output]."""

    def make(limits: ChildLimits) -> Sizes:
        content = Path(arguments[0]).read_bytes()
        _allow_time(limits, read_size(content))
        size = decode_output(content).size
        if content.startswith(SIGNATURE):
            check_end(content)
        return {"output": size}

    _report(arguments, [], make)


def lay_photo(arguments: list[str]) -> None:
    """Lays a transparent photo on a colour; `arguments` are [photo, ground]."""
    photo, ground = arguments

    def make(limits: ChildLimits) -> Sizes:
        with Path(photo).open("rb") as file, Path(FLAT).open("wb") as flat:
            picture = Image.open(file, formats=["PNG"])
            _allow_time(limits, picture.size)
            lay_on(picture, ground, flat)
        return {FLAT: picture.size}

    _report([photo], [FLAT], make)


def _report(reads: Sequence[str], names: Sequence[str], make: Callable[[ChildLimits], Sizes]) -> None:
    """Limits and confines this process, makes the files and reports their sizes."""
    limits = _limits_for(max(Path(path).stat().st_size for path in reads))
    limits.apply()
    confine(reads=map(Path, reads), writes=map(Path, (*names, REPORT)))
    try:
        report: Mapping[str, object] = make(limits)
    except ValueError as error:
        report = {"unreadable": str(error)[:300]}
    Path(REPORT).write_text(json.dumps(report))


def _limits_for(file_bytes: int) -> ChildLimits:
    """Limits for the largest result, from a file of so many bytes, of which encoding holds two copies more."""
    limits = ChildLimits.sized_for(2 * file_bytes, MAX_RESULT_PIXELS // 10**6)
    return replace(limits, file_bytes=max(limits.file_bytes, 2 * file_bytes))


def _allow_time(limits: ChildLimits, size: tuple[int, int]) -> None:
    limits.bound_cpu(size[0] * size[1])


def _read_cutout(photo: str, ground: str) -> Cutout:
    with Path(photo).open("rb") as file:
        return Cutout.read(file, ground)


def _size(content: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(content), formats=["WEBP"]) as image:
        return image.size


def _warm_up() -> None:
    """Makes the libraries load what they load at first use: once, instead of in every child."""
    for format in ("PNG", "JPEG", "WEBP"):
        stream = io.BytesIO()
        Image.new("RGB", (8, 8)).save(stream, format)
        derive_preview(encode_result(stream.getvalue(), format="png", notices={}).image)


_warm_up()
TASKS: Mapping[str, Callable[[list[str]], None]] = {"encode": encode, "check": check, "lay_photo": lay_photo}
