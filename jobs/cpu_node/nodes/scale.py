"""Resizing: ImageScale, ImageScaleBy, ImageScaleToMaxDimension, ResizeAndPadImage."""

import numpy as np

from jobs.cpu_node.nodes.arrays import Picture, plain
from jobs.cpu_node.nodes.registry import NodeClass, choice, integer, number, picture
from jobs.cpu_node.nodes.resample import resize

_METHODS = ("nearest-exact", "bilinear", "area", "bicubic", "lanczos")


def crop_to_ratio(image: Picture, width: int, height: int) -> Picture:
    """The centre of the picture with the aspect ratio of width x height. Both sides lose the same, rounded."""
    old_height, old_width = image.shape[1:3]
    old_ratio, ratio = old_width / old_height, width / height
    x = y = 0
    if old_ratio > ratio:
        x = round((old_width - old_width * (ratio / old_ratio)) / 2)
    elif old_ratio < ratio:
        y = round((old_height - old_height * (old_ratio / ratio)) / 2)
    return image[:, y : old_height - y, x : old_width - x]


def image_scale(image: Picture, upscale_method: str, width: int, height: int, crop: str) -> tuple[Picture]:
    """Resize to width x height. If one is 0 the aspect ratio is preserved; if both are, nothing changes."""
    if width == 0 and height == 0:
        return (image,)
    old_height, old_width = image.shape[1:3]
    width = width or max(1, round(old_width * height / old_height))
    height = height or max(1, round(old_height * width / old_width))
    if crop == "center":
        image = crop_to_ratio(image, width, height)
    return (resize(image, upscale_method, width, height),)


def image_scale_by(image: Picture, upscale_method: str, scale_by: float) -> tuple[Picture]:
    height, width = image.shape[1:3]
    return (resize(image, upscale_method, round(width * scale_by), round(height * scale_by)),)


def image_scale_to_max_dimension(image: Picture, upscale_method: str, largest_size: int) -> tuple[Picture]:
    """Shrink or enlarge until the longer side is `largest_size`."""
    height, width = image.shape[1:3]
    if width >= height:
        size = largest_size, largest_size if width == height else round(height / width * largest_size)
    else:
        size = round(width / height * largest_size), largest_size
    return (resize(image, upscale_method, *size),)


def resize_and_pad_image(
    image: Picture, target_width: int, target_height: int, padding_color: str, interpolation: str
) -> tuple[Picture]:
    """Fit the picture into the target and pad the rest. Sizes are truncated, offsets rounded down."""
    batch, height, width, channels = image.shape
    scale = min(target_width / width, target_height / height)
    fitted = resize(image, interpolation, int(width * scale), int(height * scale))
    shape = (batch, target_height, target_width, channels)
    value = 1.0 if padding_color == "white" else 0.0
    if fitted.shape == shape:
        return (fitted,)
    padded = plain(shape, value).copy()
    top, left = (target_height - fitted.shape[1]) // 2, (target_width - fitted.shape[2]) // 2
    padded[:, top : top + fitted.shape[1], left : left + fitted.shape[2]] = fitted
    if fitted.strides[-1] == 0:
        padded = np.broadcast_to(padded[..., :1].copy(), shape)
    return (padded,)


NODES = (
    NodeClass(
        "ImageScale",
        image_scale,
        (
            picture(),
            choice("upscale_method", *_METHODS),
            integer("width", 512, 0, 16384, step=1),
            integer("height", 512, 0, 16384, step=1),
            choice("crop", "disabled", "center"),
        ),
        ("IMAGE",),
        "image/upscaling",
        "Upscale Image",
        modern=False,
    ),
    NodeClass(
        "ImageScaleBy",
        image_scale_by,
        (picture(), choice("upscale_method", *_METHODS), number("scale_by", 1.0, 0.01, 8.0, step=0.01)),
        ("IMAGE",),
        "image/upscaling",
        "Upscale Image By",
        modern=False,
    ),
    NodeClass(
        "ImageScaleToMaxDimension",
        image_scale_to_max_dimension,
        (
            picture(),
            choice("upscale_method", "area", "lanczos", "bilinear", "nearest-exact", "bilinear", "bicubic"),
            integer("largest_size", 512, 0, 16384, step=1),
        ),
        ("IMAGE",),
        "image/upscaling",
        "Scale Image to Max Dimension",
    ),
    NodeClass(
        "ResizeAndPadImage",
        resize_and_pad_image,
        (
            picture(),
            integer("target_width", 512, 1, 16384, step=1),
            integer("target_height", 512, 1, 16384, step=1),
            choice("padding_color", "white", "black", advanced=True),
            choice("interpolation", "area", "bicubic", "nearest-exact", "bilinear", "lanczos", advanced=True),
        ),
        ("IMAGE",),
        "image/transform",
        "Resize And Pad Image",
    ),
)
