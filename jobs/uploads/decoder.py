"""The child process: limits itself, decodes one file, writes three pictures and a report to its folder.

`normalise` orders it with the source's path, its format and the limits. Exit status 0 means that report.json
is complete (a result or a refusal); 1 means that our code failed; a signal means that the file broke the
decoder.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from jobs.decoders.confinement import confine
from jobs.uploads.child_limits import ChildLimits
from jobs.uploads.dimensions import check_size
from jobs.uploads.files.formats import HEAD_BYTES, webp_canvas
from jobs.uploads.unfit import SAVE_AGAIN, Unfit

WRITTEN = ("photo.png", "preview.webp", "thumbnail.webp", "report.json")

Result = TypeVar("Result")


def main(arguments: list[str]) -> None:
    """Decodes a file into the working folder; `arguments` are [source, format, limits]."""
    source, kind, limits_text = arguments
    limits = ChildLimits.load(limits_text)
    limits.apply()
    confine(reads=[Path(source)], writes=map(Path, WRITTEN))
    from jobs.uploads.picture import open_picture, read_picture, write_picture  # Pillow, under the limits

    report: dict[str, Any]
    try:
        with Path(source).open("rb") as file:
            _check_canvas(file.read(HEAD_BYTES), kind, limits.megapixels)
            file.seek(0)
            opened = guard(lambda: open_picture(file, kind))
            check_size(*opened.size, megapixels=limits.megapixels)
            limits.bound_cpu(opened.size[0] * opened.size[1])
            photo, notices = guard(lambda: read_picture(opened))
        report = {"width": photo.width, "height": photo.height, "mode": photo.mode, "notices": notices}
        write_picture(photo)
    except Unfit as unfit:
        report = {name: getattr(unfit, name) for name in ("code", "reason", "advice", "exceeds")}
    except MemoryError:
        report = {
            "code": "image_too_large",
            "reason": "needs too much memory.",
            "advice": "Send a smaller version.",
            "exceeds": "",
        }
    Path("report.json").write_text(json.dumps(report))


def _check_canvas(head: bytes, kind: str, megapixels: int) -> None:
    canvas = webp_canvas(head) if kind == "WEBP" else None
    if canvas:
        check_size(*canvas, megapixels=megapixels)


def guard(read: Callable[[], Result]) -> Result:
    """Calls `read` and turns any error that a decoder raises into Unfit: the file is at fault."""
    try:
        return read()
    except (Unfit, MemoryError):
        raise
    except Exception as error:
        message = str(error).lower()
        is_cut = "truncated" in message or "end of file" in message
        reason = "is cut short or damaged." if is_cut else "is damaged and could not be read."
        raise Unfit("unsupported_image", reason, SAVE_AGAIN) from error
