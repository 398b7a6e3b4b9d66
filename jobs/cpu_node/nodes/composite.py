"""ImageCompositeMasked: lays one picture on another through a mask."""

import numpy as np

from jobs.cpu_node.nodes.arrays import Picture, pointwise
from jobs.cpu_node.nodes.registry import Input, NodeClass, integer, mask_input, picture
from jobs.cpu_node.nodes.resample import resize, resize_mask

_ONE = np.float32(1)


def image_composite_masked(
    destination: Picture, source: Picture, x: int, y: int, resize_source: bool, mask: Picture | None = None
) -> tuple[Picture]:
    """Stretch the source (if asked) and the mask, lay them at x, y, and crop them to the destination."""
    height, width = destination.shape[1:3]
    if resize_source:
        source = resize(source, "bilinear", width, height)
    if x >= width or y >= height:
        return (destination,)
    if mask is not None:
        mask = resize_mask(mask, "bilinear", source.shape[2], source.shape[1])
    bottom, right = min(y + source.shape[1], height), min(x + source.shape[2], width)
    part = source[:, : bottom - y, : right - x, :3]
    below = destination[:, y:bottom, x:right]
    laid = part if mask is None else _lay(below, part, mask[:, : bottom - y, : right - x])
    if below.shape == destination.shape and laid.shape == destination.shape:
        return (laid,)
    result = destination.copy()
    result[:, y:bottom, x:right] = laid
    return (result,)


def _lay(below: Picture, above: Picture, mask: Picture) -> Picture:
    return pointwise(_mix, below, above, mask[..., None])


def _mix(target: Picture, below: Picture, above: Picture, mask: Picture) -> None:
    """above mask + below (1 - mask): where the mask is 0 or 1 the values stay exact."""
    np.subtract(_ONE, mask, out=target)
    target *= below
    target += above * mask


NODES = (
    NodeClass(
        "ImageCompositeMasked",
        image_composite_masked,
        (
            picture("destination"),
            picture("source"),
            integer("x", 0, 0, 16384, step=1),
            integer("y", 0, 0, 16384, step=1),
            Input("resize_source", "BOOLEAN", {"default": False}),
            mask_input(required=False),
        ),
        ("IMAGE",),
        "image/compositing",
        "Image Composite Masked",
    ),
)
