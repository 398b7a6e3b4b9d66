"""SaveImage and PreviewImage: write pictures as PNG files to the output or temp folder."""

import json
import random
import string
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from jobs.cpu_node.nodes.arrays import Picture, to_bytes
from jobs.cpu_node.nodes.png import write_png
from jobs.cpu_node.nodes.registry import Context, Input, NodeClass, Outcome, picture

_TEMP_PREFIX = "ComfyUI_temp_" + "".join(random.choices(string.ascii_lowercase, k=5))  # noqa: S311 - not a secret


def save_image(context: Context, images: Picture, filename_prefix: str) -> Outcome:
    return _save(context, images, filename_prefix, "output")


def preview_image(context: Context, images: Picture) -> Outcome:
    return _save(context, images, _TEMP_PREFIX, "temp")


def _save(context: Context, images: Picture, prefix: str, kind: str) -> Outcome:
    height, width = images.shape[1:3]
    target = context.files.plan_output(prefix, kind, width, height)
    target.folder.mkdir(parents=True, exist_ok=True)
    texts = _texts(context)
    entries = []
    for index, frame in enumerate(images):
        name = target.name(index)
        _write(context, target.folder / name, eight_bit(frame), texts)
        entries.append({"filename": name, "subfolder": target.subfolder, "type": kind})
    return Outcome((images,), {"images": entries})


def _write(context: Context, path: Path, pixels: npt.NDArray[np.uint8], texts: dict[str, str]) -> None:
    data = write_png(pixels, texts)
    context.files.faults.write_output(path, data)


def _texts(context: Context) -> dict[str, str]:
    extra: dict[str, Any] = context.extra_data.get("extra_pnginfo") or {}
    return {"prompt": json.dumps(context.graph), **{key: json.dumps(value) for key, value in extra.items()}}


def eight_bit(frame: Picture) -> npt.NDArray[np.uint8]:
    """A frame as rows x columns x 3 bytes. A grey frame is computed once and repeated."""
    if frame.strides[-1] != 0:
        return to_bytes(frame)
    levels = to_bytes(frame[..., :1])
    return np.asarray(cv2.cvtColor(levels, cv2.COLOR_GRAY2RGB), np.uint8)


_HIDDEN = ("prompt", "extra_pnginfo")
NODES = (
    NodeClass(
        "SaveImage",
        save_image,
        (
            Input("images", "IMAGE", {"tooltip": "What to save."}),
            Input(
                "filename_prefix",
                "STRING",
                {
                    "default": "ComfyUI",
                    "tooltip": "Start of the file names; may hold %width%, %height%, %year% ...",
                },
            ),
        ),
        ("IMAGE",),
        "image",
        "Save Image",
        output_names=("images",),
        is_output=True,
        modern=False,
        hidden=_HIDDEN,
        needs_context=True,
    ),
    NodeClass(
        "PreviewImage",
        preview_image,
        (picture("images"),),
        ("IMAGE",),
        "image",
        "Preview Image",
        output_names=("images",),
        is_output=True,
        modern=False,
        hidden=_HIDDEN,
        needs_context=True,
    ),
)
