"""Arithmetic on pictures. It computes constant axes once, and long rows in blocks that fit the processor's cache.

A plain colour or a grey picture is a view with stride 0 (`numpy.broadcast_to`). So the grain, masks and tints of a
preset cost a third of a colour picture, or nothing at all.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.float32]
Kernel = Callable[..., None]
_T = TypeVar("_T")

# Four such blocks of float32 fit the second-level cache of common processors.
BLOCK = 32_768


class _Threads:
    """The thread pool for blocks. A count of one means the calling thread only."""

    def __init__(self) -> None:
        self.count = 1
        self.pool: ThreadPoolExecutor | None = None


_threads = _Threads()


def set_threads(count: int) -> None:
    """Compute pictures with this many threads (0: one per processor, at most 4)."""
    count = count or min(4, os.cpu_count() or 1)
    if _threads.pool is not None:
        _threads.pool.shutdown()
    _threads.count = count
    _threads.pool = ThreadPoolExecutor(count, "pixels") if count > 1 else None
    cv2.setNumThreads(count)


def thread_count() -> int:
    return _threads.count


def share_out(work: Callable[[_T], None], tasks: Iterable[_T]) -> None:
    """Do the work for every task, divided among all threads."""
    todo = list(tasks)

    def run(share: list[_T]) -> None:
        for task in share:
            work(task)

    if _threads.pool is None or len(todo) < 2:
        run(todo)
        return
    # A few large shares: a future per block would cost more than the block itself.
    shares = [todo[index :: _threads.count] for index in range(_threads.count)]
    others = [_threads.pool.submit(run, share) for share in shares[1:]]
    run(shares[0])
    for other in others:
        other.result()


def compact(picture: Picture) -> Picture:
    """The picture with each constant axis (stride 0) cut to length 1."""
    index = tuple(slice(0, 1) if step == 0 else slice(None) for step in picture.strides)
    return picture[index]


def spread(core: Picture, shape: tuple[int, ...]) -> Picture:
    """The inverse of `compact`: a read-only view of the given shape."""
    return np.broadcast_to(core, shape)


def plain(shape: tuple[int, ...], value: float) -> Picture:
    """An array of one value that takes almost no memory."""
    return spread(np.full((1,) * len(shape), value, np.float32), shape)


def bytes_of(value: object) -> int:
    """The memory that a node's output occupies, in bytes."""
    return compact(value).nbytes if isinstance(value, np.ndarray) else 64


def as_picture(values: npt.ArrayLike) -> Picture:
    """Types what OpenCV returned as a picture, without a copy."""
    return np.asarray(values, np.float32)


_LEVELS = np.divide(np.arange(256), np.float32(255), dtype=np.float32)


def from_bytes(pixels: npt.NDArray[np.uint8]) -> Picture:
    """Levels 0..255 as values 0..1, each exactly level / 255 in float32."""
    return as_picture(cv2.LUT(pixels, _LEVELS))


def to_bytes(picture: Picture) -> npt.NDArray[np.uint8]:
    """Rows x columns x channels as levels: truncated, not rounded, as ComfyUI does wherever it leaves float32."""
    core = dense(picture)
    result = np.empty(core.shape, np.uint8)
    step = max(1, BLOCK // max(1, core.shape[1] * core.shape[2]))

    def work(top: int) -> None:
        part = core[top : top + step] * np.float32(255)
        np.clip(part, 0, 255, out=part)
        result[top : top + step] = part

    share_out(work, range(0, core.shape[0], step))
    return result


def dense(plane: Picture) -> Picture:
    """The array in C order, as OpenCV requires."""
    return np.ascontiguousarray(plane)


def row_blocks(picture: Picture) -> list[tuple[int, slice]]:
    """Frame and rows of each block that fits the processor's cache."""
    frames, height, width = picture.shape[:3]
    step = max(1, BLOCK // (3 * width))
    tops = range(0, height, step)
    return [(frame, slice(top, min(top + step, height))) for frame in range(frames) for top in tops]


def by_frame(picture: Picture, change: Callable[[Picture], Picture]) -> Picture:
    """Apply a rows x columns x channels function to each frame. A grey picture is passed as one channel."""
    core = picture[..., :1] if picture.strides[-1] == 0 else picture
    frames = [change(dense(frame)) for frame in core]
    frames = [frame[..., None] if frame.ndim == 2 else frame for frame in frames]
    result = frames[0][None] if len(frames) == 1 else np.stack(frames)
    return spread(result, (*result.shape[:3], picture.shape[-1]))


def pointwise(kernel: Kernel, *operands: Picture) -> Picture:
    """Compute a new picture value by value.

    `kernel(target, *values)` gets flat float32 arrays of equal length and fills the target. The operands must have
    the same number of axes, and shapes that broadcast.
    """
    full = np.broadcast_shapes(*(operand.shape for operand in operands))
    cores = [compact(operand) for operand in operands]
    shape = np.broadcast_shapes(*(core.shape for core in cores))
    target = np.empty(shape, np.float32)
    height, row = shape[1], max(1, target.size // max(1, shape[0] * shape[1]))
    step = max(1, BLOCK // row)
    flat = [_Flattener(core, shape, step) for core in cores]

    def work(task: tuple[int, int]) -> None:
        frame, top = task
        bottom = min(top + step, height)
        part = target[frame, top:bottom].reshape(-1)
        with np.errstate(invalid="ignore"):
            kernel(part, *(operand.block(frame, top, bottom) for operand in flat))

    share_out(work, ((frame, top) for frame in range(shape[0]) for top in range(0, height, step)))
    return spread(target, full)


class _Flattener:
    """Returns blocks of an operand's rows as flat arrays, broadcast to the shape of the result."""

    def __init__(self, core: Picture, shape: tuple[int, ...], step: int) -> None:
        self.core, self.shape = core, shape
        self.row = int(np.prod(shape[2:]))
        self.ready = core.shape[1:] == shape[1:] and core.flags.c_contiguous
        self.grey = (
            not self.ready and core.shape[1:] == (*shape[1:-1], 1) and shape[-1] == 3 and len(shape) == 4
        )
        self.tile: Picture | None = None
        if core.shape[1] == 1 and shape[1] > 1 and core.shape[0] == 1:
            self.tile = np.broadcast_to(core[0], (step, *shape[2:])).reshape(-1)

    def block(self, frame: int, top: int, bottom: int) -> Picture:
        if self.tile is not None:
            return self.tile[: (bottom - top) * self.row]
        frame = min(frame, self.core.shape[0] - 1)
        if self.ready:
            return self.core[frame, top:bottom].reshape(-1)
        if self.grey:
            plane = np.ascontiguousarray(self.core[frame, top:bottom, :, 0])
            return as_picture(cv2.cvtColor(plane, cv2.COLOR_GRAY2RGB)).reshape(-1)
        rows = slice(None) if self.core.shape[1] == 1 else slice(top, bottom)
        return np.broadcast_to(self.core[frame, rows], (bottom - top, *self.shape[2:])).reshape(-1)
