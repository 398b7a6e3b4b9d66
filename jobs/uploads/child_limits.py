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
_BASE_CPU_S = 5
"""Processor time of a slow machine for everything that does not grow with the picture."""
_CPU_S_PER_MEGAPIXEL = 1
"""Pictures that take longest, HDR AVIFs and PNGs with noise in their transparency, took 0.15 where this was measured."""


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """`megapixels` as a plan counts them, `address_space` and `file_bytes` in bytes, `cpu_s` in seconds.

    `cpu_s` is the processor time for a picture of so many megapixels. A smaller one gets less (`bound_cpu`).
    """

    megapixels: int
    address_space: int
    file_bytes: int
    cpu_s: int

    @classmethod
    def sized_for(cls, max_bytes: int, megapixels: int) -> Self:
        """Returns limits that leave room for a picture of so many megapixels in a file of `max_bytes`."""
        pixels = count_pixels(megapixels)
        return cls(
            megapixels=megapixels,
            address_space=_BASE_BYTES + 2 * max_bytes + _BYTES_PER_PIXEL * pixels,
            file_bytes=5 * pixels + 4 * 1024**2,
            cpu_s=_cpu_seconds(pixels),
        )

    def dump(self) -> str:
        """Returns the limits as one command line argument."""
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> Self:
        """Reads what `dump` returned."""
        return cls(**json.loads(text))

    def apply(self) -> None:
        """Limits the calling process permanently; until `bound_cpu`, it may only read a header.

        The child calls this itself, before it reads any of the file.
        """
        for kind, limit in (
            (resource.RLIMIT_AS, self.address_space),
            (resource.RLIMIT_FSIZE, self.file_bytes),
            (resource.RLIMIT_NOFILE, 32),
            (resource.RLIMIT_CORE, 0),
        ):
            resource.setrlimit(kind, (limit, limit))
        # SIGXCPU at the lower limit says why the child ended; SIGKILL at the upper one would not.
        resource.setrlimit(resource.RLIMIT_CPU, (_cpu_seconds(0), self.cpu_s + 1))

    def bound_cpu(self, pixels: int) -> None:
        """Gives this process the processor time that a picture of so many pixels may take."""
        resource.setrlimit(resource.RLIMIT_CPU, (min(_cpu_seconds(pixels), self.cpu_s), self.cpu_s + 1))


def _cpu_seconds(pixels: int) -> int:
    return _BASE_CPU_S + math.ceil(_CPU_S_PER_MEGAPIXEL * pixels / 1e6)
