"""What a pool's users and its supervisor say to each other: lines of JSON over a Unix socket.

A user sends one `Order` and hears BEGUN when its turn has come, then an `Ending`; FAILED instead of either if it
cannot be carried out. Closing the connection gives up the place, or ends the child.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Self

BEGUN, FAILED = b"begun\n", b"failed\n"
LONGEST_LINE = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Message:
    def dump(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def load(cls, line: bytes) -> Self:
        """Reads what `dump` returned. Raises ValueError or TypeError for anything else."""
        fields: dict[str, Any] = json.loads(line)
        return cls(**fields)


@dataclass(frozen=True, slots=True)
class Order(_Message):
    """Run the task of this name with these arguments in `folder`, at the expense of `person`."""

    task: str
    arguments: list[str]
    folder: str
    person: str


@dataclass(frozen=True, slots=True)
class Ending(_Message):
    """How a child ended: its exit status (negative: the signal), and whether it had used up its time.

    `seconds` is what it took on the clock, `cpu_seconds` on the processors, `peak_bytes` of memory.
    """

    status: int
    took_too_long: bool
    seconds: float
    cpu_seconds: float
    peak_bytes: int
