"""What the decoding child may use of the machine."""

import json
import math
import resource
from dataclasses import asdict, dataclass
from typing import Self

_BASE_BYTES = 320 * 1024**2
"""Address space of the interpreter, Pillow's libraries and their threads' stacks."""
_BYTES_PER_PIXEL = 24
"""Address space per pixel. WebP with transparency needs most: 20 (canvas twice, frame, image, a converted copy)."""


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """Limits in pixels, bytes and seconds of processor time."""

    max_pixels: int
    address_space: int
    file_bytes: int
    cpu_s: int

    @classmethod
    def sized_for(cls, max_bytes: int, max_pixels: int, timeout_s: float) -> Self:
        """Room for a picture of `max_pixels` in a file of `max_bytes`."""
        return cls(
            max_pixels=max_pixels,
            address_space=_BASE_BYTES + 2 * max_bytes + _BYTES_PER_PIXEL * max_pixels,
            file_bytes=5 * max_pixels + 4 * 1024**2,
            cpu_s=math.ceil(timeout_s),
        )

    def dump(self) -> str:
        """As one argument of a command line."""
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> Self:
        """From `dump`."""
        return cls(**json.loads(text))

    def apply(self) -> None:
        """Bind the calling process, for good. Its own doing, because code between fork and exec is unsafe in a
        threaded parent; nothing of the file has been read by then."""
        for kind, limit in (
            (resource.RLIMIT_AS, self.address_space),
            (resource.RLIMIT_CPU, self.cpu_s),
            (resource.RLIMIT_FSIZE, self.file_bytes),
            (resource.RLIMIT_NOFILE, 32),
            (resource.RLIMIT_CORE, 0),
        ):
            resource.setrlimit(kind, (limit, limit))
