"""ImageBlur and ImageSharpen: a Gaussian window whose sigma is relative to its radius."""

import cv2
import numpy as np

from jobs.cpu_node.nodes.arrays import Picture, as_picture, by_frame, pointwise
from jobs.cpu_node.nodes.registry import NodeClass, integer, number, picture


def image_blur(image: Picture, blur_radius: int, sigma: float) -> tuple[Picture]:
    return (_blur(image, blur_radius, sigma),)


def image_sharpen(image: Picture, sharpen_radius: int, sigma: float, alpha: float) -> tuple[Picture]:
    """x + 10 alpha (x - blur(x)), clamped."""
    if sharpen_radius == 0:
        return (image,)
    gain = np.float32(10 * alpha)

    def kernel(target: Picture, x: Picture, soft: Picture) -> None:
        np.subtract(x, soft, out=target)
        target *= gain
        target += x
        np.clip(target, np.float32(0), np.float32(1), out=target)

    return (pointwise(kernel, image, _blur(image, sharpen_radius, sigma)),)


def _blur(image: Picture, radius: int, sigma: float) -> Picture:
    """Window of (2 radius + 1)^2 on a grid from -1 to 1; borders are reflected without repeating the edge."""
    _refuse_wide_radius(image, radius)
    grid = np.linspace(-1, 1, 2 * radius + 1)
    window = np.exp(-(grid**2) / (2 * sigma**2))
    window = (window / window.sum()).astype(np.float32)

    def soften(frame: Picture) -> Picture:
        return as_picture(
            cv2.sepFilter2D(frame, cv2.CV_32F, window, window, borderType=cv2.BORDER_REFLECT_101)
        )

    return by_frame(image, soften)


def _refuse_wide_radius(image: Picture, radius: int) -> None:
    batch, height, width, channels = image.shape
    for dimension, size in ((3, width), (2, height)):
        if radius >= size:
            message = (
                "Argument #4: Padding size should be less than the corresponding input dimension, but got: "
                f"padding ({radius}, {radius}) at dimension {dimension} of input "
                f"{[batch, channels, height, width]}"
            )
            raise RuntimeError(message)


NODES = (
    NodeClass(
        "ImageBlur",
        image_blur,
        (picture(), integer("blur_radius", 1, 1, 31, step=1), number("sigma", 1.0, 0.1, 10.0, step=0.1)),
        ("IMAGE",),
        "image/filters",
        "Blur Image",
    ),
    NodeClass(
        "ImageSharpen",
        image_sharpen,
        (
            picture(),
            integer("sharpen_radius", 1, 1, 31, step=1, advanced=True),
            number("sigma", 1.0, 0.1, 10.0, step=0.01, advanced=True),
            number("alpha", 1.0, 0.0, 5.0, step=0.01, advanced=True),
        ),
        ("IMAGE",),
        "image/filters",
        "Sharpen Image",
    ),
)
