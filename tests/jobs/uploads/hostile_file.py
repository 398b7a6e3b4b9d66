"""What a file of the corpus is: its name, its content, and what becomes of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.jobs.uploads.pictures import CORNERS, SIZE

MAX_BYTES = 40 * 1024**2
MEGAPIXELS = 24
"""The limits that the expectations below assume."""

Pixel = tuple[int, ...]


def flat_pixels(colour: Pixel) -> dict[tuple[int, int], Pixel]:
    """The pixels to look at, all of one colour."""
    return dict.fromkeys(CORNERS, colour)


@dataclass(frozen=True)
class Refused:
    """The API's error code, and the message that follows the file's name."""

    code: str
    words: str


@dataclass(frozen=True)
class Accepted:
    """The expected picture: format sent, size in pixels, mode, some pixels within `tolerance`, notices."""

    format: str
    size: tuple[int, int] = SIZE
    mode: str = "RGB"
    pixels: dict[tuple[int, int], Pixel] = field(default_factory=lambda: dict(CORNERS))
    tolerance: int = 0
    notices: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class HostileFile:
    """One file under the name that a person gives it. `sparse_bytes` extends it to that size without content."""

    name: str
    content: Callable[[], bytes]
    expect: Refused | Accepted
    sparse_bytes: int = 0

    def write(self, folder: Path) -> Path:
        """Write the file into `folder` under a fixed name, and return its path."""
        path = folder / "upload"
        with path.open("wb") as file:
            file.write(self.content())
            if self.sparse_bytes:
                file.truncate(self.sparse_bytes)
        return path
