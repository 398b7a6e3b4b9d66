"""Colour: invert, brightness, contrast, and brightness/colour-difference planes (ITU-R BT.601 weights)."""

import cv2
import numpy as np

from jobs.cpu_node.nodes.arrays import Picture, as_picture, dense, pointwise, spread
from jobs.cpu_node.nodes.registry import NodeClass, number, picture

_ZERO, _HALF, _ONE = np.float32(0), np.float32(0.5), np.float32(1)
# Rows: Y, U, V; columns: R, G, B, offset.  U = .564 (B - Y) + .5, V = .713 (R - Y) + .5
_LUMA = np.array([0.299, 0.587, 0.114, 0.0])
_TO_YUV = np.stack(
    [
        _LUMA,
        0.564 * (np.array([0, 0, 1, 0]) - _LUMA) + np.array([0, 0, 0, 0.5]),
        0.713 * (np.array([1, 0, 0, 0]) - _LUMA) + np.array([0, 0, 0, 0.5]),
    ]
)


def image_invert(image: Picture) -> tuple[Picture]:
    return (pointwise(lambda target, x: np.subtract(_ONE, x, out=target), image),)


def adjust_brightness(images: Picture, factor: float) -> tuple[Picture]:
    def kernel(target: Picture, x: Picture) -> None:
        np.multiply(x, np.float32(factor), out=target)
        np.clip(target, _ZERO, _ONE, out=target)

    return (pointwise(kernel, images),)


def adjust_contrast(images: Picture, factor: float) -> tuple[Picture]:
    def kernel(target: Picture, x: Picture) -> None:
        np.subtract(x, _HALF, out=target)
        target *= np.float32(factor)
        target += _HALF
        np.clip(target, _ZERO, _ONE, out=target)

    return (pointwise(kernel, images),)


def image_rgb_to_yuv(image: Picture) -> tuple[Picture, Picture, Picture]:
    """Three grey pictures: Y, U and V, the last two around .5."""
    planes: list[list[Picture]] = [[], [], []]
    for frame in image:
        parts = cv2.split(cv2.transform(dense(frame[..., :3]), _TO_YUV))
        for plane, part in zip(planes, parts, strict=True):
            plane.append(as_picture(part))
    y, u, v = (spread(np.stack(plane)[..., None], (*image.shape[:3], 3)) for plane in planes)
    return y, u, v


def image_yuv_to_rgb(Y: Picture, U: Picture, V: Picture) -> tuple[Picture]:  # noqa: N803 - names of the inputs
    """The way back from the means of the three channels; not clamped."""
    y, u, v = (_mean(plane) for plane in (Y, U, V))
    shape = np.broadcast_shapes(y.shape, u.shape, v.shape)
    result = np.empty((*shape, 3), np.float32)
    for index in range(shape[0]):
        frame_y, frame_u, frame_v = (np.broadcast_to(plane, shape)[index] for plane in (y, u, v))
        _frame_to_rgb(frame_y, frame_u, frame_v, result[index])
    return (result,)


def _frame_to_rgb(y: Picture, u: Picture, v: Picture, target: Picture) -> None:
    u, v = u - _HALF, v - _HALF
    red = y + np.float32(1.403) * v
    green = y - np.float32(0.714) * v - np.float32(0.344) * u
    blue = y + np.float32(1.773) * u
    cv2.merge([red, green, blue], target)


def _mean(picture: Picture) -> Picture:
    if picture.strides[-1] == 0:
        return picture[..., 0]
    return (picture[..., 0] + picture[..., 1] + picture[..., 2]) / np.float32(3)


NODES = (
    NodeClass(
        "ImageInvert",
        image_invert,
        (picture(),),
        ("IMAGE",),
        "image/color",
        "Invert Image Colors",
        modern=False,
    ),
    NodeClass(
        "AdjustBrightness",
        adjust_brightness,
        (picture("images"), number("factor", 1.0, 0.0, 2.0)),
        ("IMAGE",),
        "image/adjustments",
        "Adjust Brightness",
        output_names=("images",),
    ),
    NodeClass(
        "AdjustContrast",
        adjust_contrast,
        (picture("images"), number("factor", 1.0, 0.0, 2.0)),
        ("IMAGE",),
        "image/adjustments",
        "Adjust Contrast",
        output_names=("images",),
    ),
    NodeClass(
        "ImageRGBToYUV",
        image_rgb_to_yuv,
        (picture(),),
        ("IMAGE", "IMAGE", "IMAGE"),
        "image/color",
        "Image RGB to YUV",
        output_names=("Y", "U", "V"),
    ),
    NodeClass(
        "ImageYUVToRGB",
        image_yuv_to_rgb,
        (picture("Y"), picture("U"), picture("V")),
        ("IMAGE",),
        "image/color",
        "Image YUV to RGB",
    ),
)
