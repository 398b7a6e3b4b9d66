"""ImageBlend: mixes two pictures. All modes but `difference` are those of W3C Compositing, level 1."""

from collections.abc import Callable

import cv2
import numpy as np

from jobs.cpu_node.nodes.arrays import Kernel, Picture, pointwise
from jobs.cpu_node.nodes.registry import NodeClass, choice, number, picture
from jobs.cpu_node.nodes.resample import resize
from jobs.cpu_node.nodes.scale import crop_to_ratio

_ONE, _TWO, _ZERO = np.float32(1), np.float32(2), np.float32(0)


def image_blend(image1: Picture, image2: Picture, blend_factor: float, blend_mode: str) -> tuple[Picture]:
    """a (1 - factor) + mode(a, b) factor, clamped; b is cropped and resized (bicubic) to the shape of a."""
    if image1.shape[1:3] != image2.shape[1:3]:
        height, width = image1.shape[1:3]
        image2 = resize(crop_to_ratio(image2, width, height), "bicubic", width, height)
    if blend_factor == 0:
        return (pointwise(_clamp, image1),)
    return (pointwise(_KERNELS[blend_mode](np.float32(blend_factor)), image1, image2),)


def _clamp(target: Picture, a: Picture) -> None:
    np.clip(a, _ZERO, _ONE, out=target)


def _normal(factor: np.float32) -> Kernel:
    def kernel(target: Picture, a: Picture, b: Picture) -> None:
        _mix(target, a, b, factor)

    return kernel


def _mix(target: Picture, a: Picture, b: Picture, factor: np.float32) -> None:
    """Exact for the factors 0 and 1, unlike a + factor (b - a)."""
    cv2.addWeighted(a, float(_ONE - factor), b, float(factor), 0.0, dst=target)
    _clamp(target, target)


def _multiply(factor: np.float32) -> Kernel:
    def kernel(target: Picture, a: Picture, b: Picture) -> None:
        np.multiply(b, factor, out=target)
        target += _ONE - factor
        target *= a
        _clamp(target, target)

    return kernel


def _screen(factor: np.float32) -> Kernel:
    """1 - (1-a)(1-b) = a + b (1-a)."""

    def kernel(target: Picture, a: Picture, b: Picture) -> None:
        np.subtract(_ONE, a, out=target)
        target *= b
        target *= factor
        target += a
        _clamp(target, target)

    return kernel


def _overlay(factor: np.float32) -> Kernel:
    """2ab where a <= .5, else 1 - 2 (1-a)(1-b), which is 2ab + (2a-1)(1-2b)."""

    def kernel(target: Picture, a: Picture, b: Picture) -> None:
        edge = np.multiply(a, _TWO)
        mixed = edge * b
        edge -= _ONE
        np.maximum(edge, _ZERO, out=edge)
        rest = np.multiply(b, -_TWO)
        rest += _ONE
        edge *= rest
        mixed += edge
        _mix(target, a, mixed, factor)

    return kernel


def _soft_light(factor: np.float32) -> Kernel:
    """a - (1-2b) a (1-a) where b <= .5, else a + (2b-1)(g(a) - a).

    g is ((16a - 12) a + 4) a up to .25 and the square root above. With s = 2b - 1 both are
    a + min(s, 0) a (1-a) + max(s, 0) (g(a) - a).
    """

    def kernel(target: Picture, a: Picture, b: Picture) -> None:
        side = np.multiply(b, _TWO)
        side -= _ONE
        darker = np.subtract(_ONE, a)
        darker *= a
        darker *= np.minimum(side, _ZERO)
        np.maximum(side, _ZERO, out=side)
        side *= _lighten(a)
        side += darker
        side *= factor
        np.add(a, side, out=target)
        _clamp(target, target)

    return kernel


def _lighten(a: Picture) -> Picture:
    """g(a) - a."""
    polynomial = np.multiply(a, np.float32(16))
    polynomial -= np.float32(12)
    polynomial *= a
    polynomial += np.float32(3)
    polynomial *= a
    root = np.sqrt(a)
    root -= a
    np.copyto(root, polynomial, where=a <= np.float32(0.25))
    return root


def _difference(factor: np.float32) -> Kernel:
    """a - b, not its absolute value."""

    def kernel(target: Picture, a: Picture, b: Picture) -> None:
        _mix(target, a, a - b, factor)

    return kernel


_KERNELS: dict[str, Callable[[np.float32], Kernel]] = {
    "normal": _normal,
    "multiply": _multiply,
    "screen": _screen,
    "overlay": _overlay,
    "soft_light": _soft_light,
    "difference": _difference,
}
NODES = (
    NodeClass(
        "ImageBlend",
        image_blend,
        (
            picture("image1"),
            picture("image2"),
            number("blend_factor", 0.5, 0.0, 1.0, step=0.01),
            choice("blend_mode", *_KERNELS),
        ),
        ("IMAGE",),
        "image/filters",
        "Blend Images",
    ),
)
