"""Resource limits of the decoding child."""

import json
import math
import resource
from dataclasses import asdict, dataclass
from typing import Self

from jobs.uploads.dimensions import count_pixels

_BASE_BYTES = 512 * 1024**2
"""Address space of the interpreter, the libraries (OpenCV's alone take 240 MiB) and their threads' stacks."""
_BYTES_PER_PIXEL = 24
"""Address space per pixel. WebP with transparency needs most: 20 (two canvases, frame, image, a copy)."""


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """`megapixels` as a plan counts them, `address_space` and `file_bytes` in bytes, `cpu_s` in seconds."""

    megapixels: int
    address_space: int
    file_bytes: int
    cpu_s: int

    @classmethod
    def sized_for(cls, max_bytes: int, megapixels: int, timeout_s: float) -> Self:
        """Returns limits that leave room for a picture of so many megapixels in a file of `max_bytes`."""
        pixels = count_pixels(megapixels)
        return cls(
            megapixels=megapixels,
            address_space=_BASE_BYTES + 2 * max_bytes + _BYTES_PER_PIXEL * pixels,
            file_bytes=5 * pixels + 4 * 1024**2,
            cpu_s=math.ceil(timeout_s),
        )

    def dump(self) -> str:
        """Returns the limits as one command line argument."""
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> Self:
        """Reads what `dump` returned."""
        return cls(**json.loads(text))

    def apply(self) -> None:
        """Limits the calling process permanently.

        The child calls this itself, before it reads any of the file: running code between fork and exec is
        unsafe in a threaded parent.
        """
        for kind, limit in (
            (resource.RLIMIT_AS, self.address_space),
            (resource.RLIMIT_CPU, self.cpu_s),
            (resource.RLIMIT_FSIZE, self.file_bytes),
            (resource.RLIMIT_NOFILE, 32),
            (resource.RLIMIT_CORE, 0),
        ):
            resource.setrlimit(kind, (limit, limit))
