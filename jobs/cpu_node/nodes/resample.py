"""The five resampling methods. Source size n, target size m, pixel centres at half-integers.

`nearest-exact` takes floor((i + .5) n/m). `bilinear` and `bicubic` (a = -0.75, edges repeated, overshoot not clamped)
use no low-pass filter when shrinking. `area` is the mean of the cells floor(i n/m) .. ceil((i+1) n/m). `lanczos`
works on 8 bits, with Pillow's filter.
"""

import cv2
import numpy as np
import numpy.typing as npt
import PIL.Image

from jobs.cpu_node.nodes.arrays import (
    Picture,
    as_picture,
    by_frame,
    dense,
    from_bytes,
    share_out,
    spread,
    thread_count,
    to_bytes,
)

_OPENCV = {"bilinear": cv2.INTER_LINEAR, "bicubic": cv2.INTER_CUBIC}


def resize(image: Picture, method: str, width: int, height: int) -> Picture:
    """A picture (batch x rows x columns x channels) of the given size."""
    if width < 1 or height < 1:
        message = f"Input and output sizes should be greater than 0, but got H: {height} W: {width}"
        raise RuntimeError(message)
    if image.strides[1] == 0 and image.strides[2] == 0:
        return spread(image[:, :1, :1], (image.shape[0], height, width, image.shape[3]))
    if image.shape[1:3] == (height, width) and method != "lanczos":
        return image
    if method == "area":
        return by_frame(image, lambda frame: _area(frame, width, height))
    if method == "lanczos":
        return by_frame(image, lambda frame: _lanczos(frame, width, height))
    if method == "nearest-exact":
        return by_frame(image, lambda frame: _nearest(frame, width, height))
    flag = _OPENCV[method]
    return by_frame(image, lambda frame: as_picture(cv2.resize(frame, (width, height), interpolation=flag)))


def resize_mask(mask: Picture, method: str, width: int, height: int) -> Picture:
    """A mask (batch x rows x columns) of the given size."""
    return resize(mask[..., None], method, width, height)[..., 0]


def _lanczos(frame: Picture, width: int, height: int) -> Picture:
    """Work in strips of rows, one per thread. The filter reads beyond its strip, so there are no seams."""
    levels = to_bytes(frame)
    source = PIL.Image.fromarray(levels[..., 0] if levels.shape[2] == 1 else levels)
    result = np.empty((height, width, levels.shape[2]), np.uint8)
    ratio = levels.shape[0] / height
    step = -(-height // thread_count())

    def work(top: int) -> None:
        bottom = min(top + step, height)
        box = (0.0, top * ratio, float(levels.shape[1]), bottom * ratio)
        strip = source.resize((width, bottom - top), PIL.Image.Resampling.LANCZOS, box)
        result[top:bottom] = np.asarray(strip).reshape(bottom - top, width, -1)

    share_out(work, range(0, height, step))
    return from_bytes(result)


def _nearest(frame: Picture, width: int, height: int) -> Picture:
    rows = ((np.arange(height) + 0.5) * frame.shape[0] / height).astype(np.intp)
    columns = ((np.arange(width) + 0.5) * frame.shape[1] / width).astype(np.intp)
    return as_picture(frame[rows].take(columns, axis=1))


def _area(frame: Picture, width: int, height: int) -> Picture:
    """Mean over cells that may overlap by one row or column. Averages rows first, then columns."""
    starts, ends = _cells(frame.shape[0], height)
    rows = np.empty((height, frame.shape[1] * frame.shape[2]), np.float32)
    flat = frame.reshape(frame.shape[0], -1)

    def work(index: int) -> None:
        np.add.reduce(flat[starts[index] : ends[index]], axis=0, out=rows[index])
        rows[index] *= np.float32(1 / (ends[index] - starts[index]))

    share_out(work, range(height))
    return _area_columns(rows.reshape(height, *frame.shape[1:]), width)


def _area_columns(rows: Picture, width: int) -> Picture:
    starts, ends = _cells(rows.shape[1], width)
    lengths = ends - starts
    total = rows[:, starts].copy()
    for offset in range(1, int(lengths.max())):
        reached = np.minimum(starts + offset, ends - 1)
        inside = (lengths > offset).astype(np.float32)[None, :, None]
        total += rows[:, reached] * inside
    return dense(total / lengths.astype(np.float32)[None, :, None])


def _cells(old: int, new: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    index = np.arange(new, dtype=np.int64)
    return index * old // new, -((-(index + 1) * old) // new)
