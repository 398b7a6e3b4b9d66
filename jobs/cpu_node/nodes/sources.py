"""Pictures and masks of one value: EmptyImage, SolidMask."""

import numpy as np

from jobs.cpu_node.nodes.arrays import Picture, plain, spread
from jobs.cpu_node.nodes.registry import NodeClass, integer, number


def empty_image(width: int, height: int, batch_size: int, color: int) -> tuple[Picture]:
    """A picture of one colour, 0xRRGGBB."""
    channels = np.array([(color >> shift & 0xFF) / 0xFF for shift in (16, 8, 0)], np.float32)
    return (spread(channels.reshape(1, 1, 1, 3), (batch_size, height, width, 3)),)


def solid_mask(value: float, width: int, height: int) -> tuple[Picture]:
    return (plain((1, height, width), value),)


NODES = (
    NodeClass(
        "EmptyImage",
        empty_image,
        (
            integer("width", 512, 1, 16384, step=1),
            integer("height", 512, 1, 16384, step=1),
            integer("batch_size", 1, 1, 4096),
            integer("color", 0, 0, 0xFFFFFF, step=1, display="color"),
        ),
        ("IMAGE",),
        "image",
        "Empty Image",
        modern=False,
    ),
    NodeClass(
        "SolidMask",
        solid_mask,
        (
            number("value", 1.0, 0.0, 1.0, step=0.01),
            integer("width", 512, 1, 16384, step=1),
            integer("height", 512, 1, 16384, step=1),
        ),
        ("MASK",),
        "image/mask",
        "Create Solid Mask",
    ),
)
