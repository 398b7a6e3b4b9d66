"""Colour: invert, brightness, contrast, and conversion from and to YUV (ITU-R BT.601 weights)."""

import cv2
import numpy as np

from jobs.cpu_node.nodes.arrays import Picture, as_picture, dense, pointwise, row_blocks, share_out, spread
from jobs.cpu_node.nodes.registry import NodeClass, number, picture

_ZERO, _HALF, _ONE = np.float32(0), np.float32(0.5), np.float32(1)
_RED, _GREEN, _BLUE = np.float32(0.299), np.float32(0.587), np.float32(0.114)


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
    """Three grey pictures: Y, and U = .564 (B - Y) and V = .713 (R - Y) around .5."""
    planes = np.empty((3, *image.shape[:3]), np.float32)

    def work(task: tuple[int, slice]) -> None:
        frame, rows = task
        red, green, blue = (as_picture(part) for part in cv2.split(dense(image[frame, rows, :, :3])))
        y, u, v = planes[:, frame, rows]
        np.multiply(red, _RED, out=y)
        green *= _GREEN
        y += green
        y += blue * _BLUE
        for target, colour, gain in ((u, blue, 0.564), (v, red, 0.713)):
            np.subtract(colour, y, out=target)
            target *= np.float32(gain)
            target += _HALF

    share_out(work, row_blocks(image))
    y, u, v = (spread(plane[..., None], (*image.shape[:3], 3)) for plane in planes)
    return y, u, v


def image_yuv_to_rgb(Y: Picture, U: Picture, V: Picture) -> tuple[Picture]:  # noqa: N803 - names of the inputs
    """The inverse of `image_rgb_to_yuv`. Each plane is the mean of its picture's three channels; not clamped."""
    shape = np.broadcast_shapes(Y.shape[:3], U.shape[:3], V.shape[:3])
    planes = [np.broadcast_to(_mean(plane), shape) for plane in (Y, U, V)]
    result = np.empty((*shape, 3), np.float32)

    def work(task: tuple[int, slice]) -> None:
        y, u, v = (plane[task] for plane in planes)
        u, v = u - _HALF, v - _HALF
        red = y + np.float32(1.403) * v
        green = y - np.float32(0.714) * v - np.float32(0.344) * u
        blue = y + np.float32(1.773) * u
        cv2.merge([red, green, blue], result[task])

    share_out(work, row_blocks(result))
    return (result,)


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
