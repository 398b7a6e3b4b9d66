"""Flip, rotate and crop: ImageFlip, ImageRotate, ImageCrop."""

import numpy as np

from jobs.cpu_node.nodes.arrays import Picture, compact, spread
from jobs.cpu_node.nodes.registry import NodeClass, choice, integer, picture

_TURNS = {"none": 0, "90 degrees": 3, "180 degrees": 2, "270 degrees": 1}


def image_flip(image: Picture, flip_method: str) -> tuple[Picture]:
    return (_copy_view(image[:, ::-1] if flip_method.startswith("x") else image[:, :, ::-1]),)


def image_rotate(image: Picture, rotation: str) -> tuple[Picture]:
    """Rotate clockwise."""
    return (_copy_view(np.rot90(image, _TURNS[rotation], axes=(1, 2))),)


def image_crop(image: Picture, width: int, height: int, x: int, y: int) -> tuple[Picture]:
    """Crop. At least one pixel is left, for any x and y."""
    x, y = min(x, image.shape[2] - 1), min(y, image.shape[1] - 1)
    return (_copy_view(image[:, y : y + height, x : x + width]),)


def _copy_view(view: Picture) -> Picture:
    """A copy of the view, which would otherwise hold the whole picture in memory."""
    return spread(np.ascontiguousarray(compact(view)), view.shape)


NODES = (
    NodeClass(
        "ImageFlip",
        image_flip,
        (picture(), choice("flip_method", "x-axis: vertically", "y-axis: horizontally")),
        ("IMAGE",),
        "image/transform",
        "Flip Image",
    ),
    NodeClass(
        "ImageRotate",
        image_rotate,
        (picture(), choice("rotation", *_TURNS)),
        ("IMAGE",),
        "image/transform",
        "Rotate Image",
    ),
    NodeClass(
        "ImageCrop",
        image_crop,
        (
            picture(),
            integer("width", 512, 1, 16384, step=1),
            integer("height", 512, 1, 16384, step=1),
            integer("x", 0, 0, 16384, step=1),
            integer("y", 0, 0, 16384, step=1),
        ),
        ("IMAGE",),
        "image/transform",
        "Crop Image",
    ),
)
