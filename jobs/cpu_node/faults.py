"""Faults that a test can switch on, so that a client can be shown what real nodes do on bad days.

Only with `--faults`: `POST /faults` with a JSON object sets the keys it names (unknown keys: 400), `GET /faults`
shows all of them, `POST /faults {"reset": true}` switches all off. Keys, and what they do until switched off:

`delay_ms` (number): each prompt waits so long after `execution_start` before its first node; an interrupt ends
    the wait.
`node_delay_ms` (number): each node of a graph begins so much later: a slow node, at any speed of the machine.
`drop_answers` (count): so many accepted `POST /prompt` get no answer, the connection is closed. Counts down.
`drop_requests` (count): so many `POST /prompt` are closed before anything is accepted. Counts down.
`die_at_node` (k): at the k-th node (1 = first) of the next prompt the process ends at once, as by SIGKILL.
`zombie` (bool): prompts are accepted and the first stays in `queue_running`, but nothing runs until switched off.
`deaf` (true): sockets open at this moment get nothing any more, for good; later ones do. Stays false in `GET`.
`stuck_reader` (bool): as on the real server, one socket that stops reading holds up all delivery.
`truncated_output` (bool): SaveImage and PreviewImage write only the first half of the PNG.
`full_disk` (bool): saving fails with `[Errno 28] No space left on device`; an upload is 500 and leaves half a file.
`history_delay_ms` (number): so long between `execution_success` and the row in the history.
`gc_pause_ms` (number): so long between two prompts nothing answers, HTTP included.
`old_node` (bool): `/api/jobs` is 404, as on servers before 0.6.
"""

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

_DEFAULTS: dict[str, Any] = {
    "delay_ms": 0,
    "node_delay_ms": 0,
    "drop_answers": 0,
    "drop_requests": 0,
    "die_at_node": 0,
    "zombie": False,
    "deaf": False,
    "stuck_reader": False,
    "truncated_output": False,
    "full_disk": False,
    "history_delay_ms": 0,
    "gc_pause_ms": 0,
    "old_node": False,
}
_NO_SPACE = OSError(28, "No space left on device")


class Faults:
    """The faults that are on. Safe to use from any thread."""

    def __init__(self) -> None:
        self._values = dict(_DEFAULTS)
        self._changed = threading.Condition()

    def show(self) -> dict[str, Any]:
        with self._changed:
            return dict(self._values)

    def change(self, wanted: dict[str, Any]) -> None:
        """Set the named faults; raises ValueError for a name or kind of value that does not exist."""
        if wanted.get("reset"):
            wanted = _DEFAULTS
        for name, value in wanted.items():
            if name not in _DEFAULTS or not isinstance(value, (bool, int, float)):
                message = f"no such fault: {name}={value!r}"
                raise ValueError(message)
        with self._changed:
            self._values.update(wanted, deaf=False)
            self._changed.notify_all()

    def is_on(self, name: str) -> bool:
        return bool(self._values[name])

    def seconds(self, name: str) -> float:
        return float(self._values[name]) / 1000

    def use_up(self, name: str) -> bool:
        """Whether a counted fault strikes now; counts it down."""
        with self._changed:
            struck = bool(self._values[name] > 0)
            if struck:
                self._values[name] -= 1
            return struck

    def wait_while_zombie(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._values["zombie"])

    def die_if_due(self, position: int) -> None:
        """End the process if the prompt reached the fatal node (positions count from 1)."""
        if self._values["die_at_node"] == position:
            # What was told before has to leave the process first, as it would on a node that dies of its own.
            time.sleep(0.05)
            os.kill(os.getpid(), signal.SIGKILL)

    def pause(self) -> None:
        """Hold the interpreter's lock as a garbage collection does: no thread gets a turn.

        One call into C does not let go of it; its speed is measured first.
        """
        wanted = self.seconds("gc_pause_ms")
        if wanted:
            start = time.perf_counter()
            sum(range(100_000))
            sum(range(int(100_000 * wanted / (time.perf_counter() - start))))

    def write_output(self, path: Path, data: bytes) -> None:
        """Write a result, or what is left of it; with a full disk the partial file is removed again."""
        if self.is_on("full_disk"):
            raise OSError(*_NO_SPACE.args)
        path.write_bytes(data[: len(data) // 2] if self.is_on("truncated_output") else data)

    def write_input(self, path: Path, data: bytes) -> None:
        """Write an upload; with a full disk a part of it stays behind."""
        if self.is_on("full_disk"):
            path.write_bytes(data[: len(data) // 2])
            raise OSError(*_NO_SPACE.args)
        path.write_bytes(data)
