"""Masks: conversion to and from pictures, inversion, threshold, combination."""

from collections.abc import Callable

import numpy as np

from jobs.cpu_node.nodes.arrays import Picture, dense, pointwise, spread
from jobs.cpu_node.nodes.registry import NodeClass, choice, integer, mask_input, number, picture

_ZERO, _ONE = np.float32(0), np.float32(1)
_CHANNELS = ("red", "green", "blue", "alpha")


def image_to_mask(image: Picture, channel: str) -> tuple[Picture]:
    index, channels = _CHANNELS.index(channel), image.shape[-1]
    if index >= channels:
        message = f"index {index} is out of bounds for dimension 3 with size {channels}"
        raise IndexError(message)
    plane = image[..., index]
    return (plane if 0 in plane.strides else dense(plane),)


def mask_to_image(mask: Picture) -> tuple[Picture]:
    return (spread(mask[..., None], (*mask.shape, 3)),)


def invert_mask(mask: Picture) -> tuple[Picture]:
    return (pointwise(lambda target, x: np.subtract(_ONE, x, out=target), mask),)


def threshold_mask(mask: Picture, value: float) -> tuple[Picture]:
    """1 where the mask is strictly greater than the value in float32, else 0."""
    limit = np.float32(value)
    return (pointwise(lambda target, x: np.greater(x, limit, out=target), mask),)


def mask_composite(destination: Picture, source: Picture, x: int, y: int, operation: str) -> tuple[Picture]:
    """Combine the destination with the overlapping part of the source, laid at x, y; clamped."""
    height, width = destination.shape[1:]
    bottom, right = min(y + source.shape[1], height), min(x + source.shape[2], width)
    combine = _OPERATIONS[operation]
    whole = (x, y, right, bottom) == (0, 0, width, height)
    if whole:
        part = source[:, :height, :width]
        return (pointwise(lambda target, a, b: _clamped(combine(a, b), target), destination, part),)
    result = np.array(destination)
    if right > x and bottom > y:
        part = source[:, : bottom - y, : right - x]
        result[:, y:bottom, x:right] = combine(destination[:, y:bottom, x:right], part)
    return (np.clip(result, _ZERO, _ONE, out=result),)


def _clamped(values: Picture, target: Picture) -> None:
    np.clip(values, _ZERO, _ONE, out=target)


def _logical(function: Callable[..., np.ndarray]) -> Callable[[Picture, Picture], Picture]:
    def combine(a: Picture, b: Picture) -> Picture:
        return function(np.round(a).astype(bool), np.round(b).astype(bool)).astype(np.float32)

    return combine


_OPERATIONS: dict[str, Callable[[Picture, Picture], Picture]] = {
    "multiply": np.multiply,
    "add": np.add,
    "subtract": np.subtract,
    "and": _logical(np.logical_and),
    "or": _logical(np.logical_or),
    "xor": _logical(np.logical_xor),
}
NODES = (
    NodeClass(
        "ImageToMask",
        image_to_mask,
        (picture(), choice("channel", *_CHANNELS)),
        ("MASK",),
        "image/mask",
        "Convert Image to Mask",
    ),
    NodeClass(
        "MaskToImage", mask_to_image, (mask_input(),), ("IMAGE",), "image/mask", "Convert Mask to Image"
    ),
    NodeClass("InvertMask", invert_mask, (mask_input(),), ("MASK",), "image/mask", "Invert Mask"),
    NodeClass(
        "ThresholdMask",
        threshold_mask,
        (mask_input(), number("value", 0.5, 0.0, 1.0, step=0.01)),
        ("MASK",),
        "image/mask",
        "Threshold Mask",
    ),
    NodeClass(
        "MaskComposite",
        mask_composite,
        (
            mask_input("destination"),
            mask_input("source"),
            integer("x", 0, 0, 16384, step=1),
            integer("y", 0, 0, 16384, step=1),
            choice("operation", *_OPERATIONS),
        ),
        ("MASK",),
        "image/mask",
        "Combine Masks",
    ),
)
