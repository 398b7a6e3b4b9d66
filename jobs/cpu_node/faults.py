"""Faults that a test can switch on, to check how a client copes with the failures of real nodes.

They exist only with `--faults`. `POST /faults` with a JSON object sets the keys it names (an unknown key gets 400),
`GET /faults` shows all keys, `POST /faults {"reset": true}` switches all faults off. A fault lasts until switched off:

`delay_ms` (number): each prompt waits this long after `execution_start` before its first node; an interrupt ends
    the wait.
`node_delay_ms` (number): each node of a graph starts this much later, which simulates a slow node on any machine.
`drop_answers` (count): this many accepted `POST /prompt` get no answer; the connection is closed. Counts down.
`drop_requests` (count): this many `POST /prompt` are closed before anything is accepted. Counts down.
`die_at_node` (k): at the k-th node (1 = first) of the next prompt the process ends at once, as by SIGKILL.
`zombie` (bool): prompts are accepted and the first stays in `queue_running`, but nothing runs until switched off.
    The log tells of the exception that ends the worker thread of a real server.
`deaf` (true): sockets open at this moment never receive anything again; later sockets do. Always false in `GET`.
`stuck_reader` (bool): as on the real server, one socket that stops reading blocks all delivery.
`truncated_output` (bool): SaveImage and PreviewImage write only the first half of the PNG.
`full_disk` (bool): saving fails with `[Errno 28] No space left on device`; an upload gets 500 and leaves half a file.
`history_delay_ms` (number): the time between `execution_success` and the row in the history.
`gc_pause_ms` (number): after each prompt the whole process, HTTP included, stops answering for this long.
`own_ids` (bool): a prompt runs under an id of the server's own, as on servers before July 2025.
`old_node` (bool): `/api/jobs` gets 404, as on servers before 0.6.
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
    "own_ids": False,
    "old_node": False,
}
_CRASH = (
    "Exception in thread Thread-1 (prompt_worker):\nTraceback (most recent call last):\nKeyError: 'inputs'\n"
)
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
        """Set the named faults. Raises ValueError for an unknown name or a value of the wrong type."""
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
        """Return whether a counted fault strikes now, and count it down if so."""
        with self._changed:
            struck = bool(self._values[name] > 0)
            if struck:
                self._values[name] -= 1
            return struck

    def log_lines(self) -> list[str]:
        """The node's log. Like a real node's it shows how the worker thread ended; it has no other lines."""
        return [_CRASH] if self.is_on("zombie") else []

    def wait_while_zombie(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._values["zombie"])

    def die_if_due(self, position: int) -> None:
        """End the process if the prompt has reached the fatal node (positions count from 1)."""
        if self._values["die_at_node"] == position:
            # Messages sent before must leave the process first, as they would on a node that dies by itself.
            time.sleep(0.05)
            os.kill(os.getpid(), signal.SIGKILL)

    def pause(self) -> None:
        """Hold the interpreter lock as a garbage collection does: no other thread can run.

        A single call into C does not release the lock. A short call is timed first to find the right length.
        """
        wanted = self.seconds("gc_pause_ms")
        if wanted:
            start = time.perf_counter()
            sum(range(100_000))
            sum(range(int(100_000 * wanted / (time.perf_counter() - start))))

    def write_output(self, path: Path, data: bytes) -> None:
        """Write a result, or half of it if it is to be truncated. A full disk raises OSError and leaves no file."""
        if self.is_on("full_disk"):
            raise OSError(*_NO_SPACE.args)
        path.write_bytes(data[: len(data) // 2] if self.is_on("truncated_output") else data)

    def write_input(self, path: Path, data: bytes) -> None:
        """Write an upload. A full disk raises OSError and leaves half of the file."""
        if self.is_on("full_disk"):
            path.write_bytes(data[: len(data) // 2])
            raise OSError(*_NO_SPACE.args)
        path.write_bytes(data)
