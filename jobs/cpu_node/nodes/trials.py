"""Nodes for tests only, off by default: a slow one, and one that runs out of memory."""

import time

from jobs.cpu_node.nodes.arrays import Picture
from jobs.cpu_node.nodes.registry import Context, Input, NodeClass, integer, number, picture


class OutOfMemoryError(RuntimeError):
    """The error that a GPU node reports when its memory is exhausted."""


# ComfyUI reports an exception with its module name; the client recognises this one by that name.
OutOfMemoryError.__module__ = "torch"


def slow_steps(
    context: Context, image: Picture, seconds: float, steps: int, preview: bool, nonce: int
) -> tuple[Picture]:
    """Wait in equal steps, report each one, and return the picture unchanged."""
    del nonce  # it only makes the inputs differ: nothing comes from the cache
    start = time.monotonic()
    for step in range(1, steps + 1):
        context.sleep_until(start + seconds * step / steps)
        context.report_progress(step, steps, image if preview else None)
    return (image,)


def out_of_memory(image: Picture, nonce: int) -> tuple[Picture]:
    message = (
        "CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 23.64 GiB of which "
        "1.11 GiB is free."
    )
    raise OutOfMemoryError(message)


_NONCE = integer("nonce", 0, 0, 2**63 - 1)
NODES = (
    NodeClass(
        "TestSlowSteps",
        slow_steps,
        (
            picture(),
            number("seconds", 1.0, 0.0, 3600.0),
            integer("steps", 10, 1, 10000),
            Input("preview", "BOOLEAN", {"default": False}),
            _NONCE,
        ),
        ("IMAGE",),
        "test",
        "Slow Steps (test)",
        needs_context=True,
    ),
    NodeClass(
        "TestOutOfMemory", out_of_memory, (picture(), _NONCE), ("IMAGE",), "test", "Out of Memory (test)"
    ),
)
