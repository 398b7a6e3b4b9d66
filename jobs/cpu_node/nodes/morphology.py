"""Morphology: minimum and maximum over a square window, per channel. Pixels outside the picture are ignored."""

from collections.abc import Callable

import cv2
import numpy as np

from jobs.cpu_node.nodes.arrays import Picture, as_picture, by_frame
from jobs.cpu_node.nodes.registry import NodeClass, choice, integer, picture


def morphology(image: Picture, operation: str, kernel_size: int) -> tuple[Picture]:
    window = np.ones((kernel_size, kernel_size), np.uint8)
    # Even windows extend to the upper left when dilating, to the lower right (OpenCV's default) when eroding.
    middle = ((kernel_size - 1) // 2,) * 2

    def erode(frame: Picture) -> Picture:
        return as_picture(cv2.erode(frame, window))

    def dilate(frame: Picture) -> Picture:
        return as_picture(cv2.dilate(frame, window, anchor=middle))

    steps: dict[str, Callable[[Picture], Picture]] = {
        "erode": erode,
        "dilate": dilate,
        "open": lambda frame: dilate(erode(frame)),
        "close": lambda frame: erode(dilate(frame)),
        "gradient": lambda frame: dilate(frame) - erode(frame),
        "top_hat": lambda frame: frame - dilate(erode(frame)),
        "bottom_hat": lambda frame: erode(dilate(frame)) - frame,
    }
    return (by_frame(image, steps[operation]),)


NODES = (
    NodeClass(
        "Morphology",
        morphology,
        (
            picture(),
            choice("operation", "erode", "dilate", "open", "close", "gradient", "bottom_hat", "top_hat"),
            integer("kernel_size", 3, 3, 999, step=1),
        ),
        ("IMAGE",),
        "image/filters",
        "Apply Morphology",
    ),
)
