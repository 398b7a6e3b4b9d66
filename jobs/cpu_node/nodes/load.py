"""LoadImage: loads a file of the input folder as a picture and a mask."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
from PIL import ImageFile, ImageOps, ImageSequence

from jobs.cpu_node.files import Files
from jobs.cpu_node.nodes.arrays import Picture, from_bytes, plain
from jobs.cpu_node.nodes.registry import Context, Input, NodeClass

_decoding = threading.Lock()


def load_image(context: Context, image: str) -> tuple[Picture, Picture]:
    """The frames of the file as RGB, and 1 - alpha as the mask (64 x 64 zeros if there is no alpha).

    A truncated file is loaded too, as in ComfyUI; the missing part is black.
    """
    path = context.files.find_annotated(image)
    frames, masks = _decode(path)
    sizes = {frame.shape for frame in frames}
    if len(sizes) > 1:
        keep = [index for index, frame in enumerate(frames) if frame.shape == frames[0].shape]
        frames, masks = [frames[i] for i in keep], [masks[i] for i in keep]
    return _stack(frames), _stack(masks)


def _decode(path: Path) -> tuple[list[Picture], list[Picture]]:
    """Takes a lock, because Pillow's switch for truncated files applies to the whole process."""
    with _decoding:
        before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, True
        try:
            with PIL.Image.open(path) as source:
                # Palette and CMYK pictures count as having alpha, even if they are opaque.
                alpha = "A" in source.getbands() or source.mode in ("P", "CMYK")
                frames = ImageSequence.Iterator(source)
                pairs = [_convert(frame, alpha) for frame in frames]
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before
    return [frame for frame, _ in pairs], [mask for _, mask in pairs]


def _convert(frame: PIL.Image.Image, has_alpha: bool) -> tuple[Picture, Picture]:
    # This is the last use of the frame: rotate it in place, and do not copy it if it is RGB already.
    ImageOps.exif_transpose(frame, in_place=True)
    if frame.mode.startswith("I"):
        frame = _eight_bit(frame)
    rgb = from_bytes(np.asarray(frame if frame.mode == "RGB" else frame.convert("RGB")))
    if not has_alpha:
        return rgb, plain((64, 64), 0.0)
    return rgb, np.float32(1) - from_bytes(np.asarray(frame.convert("RGBA").getchannel("A")))


def _eight_bit(frame: PIL.Image.Image) -> PIL.Image.Image:
    """Reduce 16-bit grey to its high byte."""
    wide = np.asarray(frame.convert("I"))
    return PIL.Image.fromarray((np.clip(wide, 0, 65535) >> 8).astype(np.uint8))


def _stack(frames: list[Picture]) -> Picture:
    return frames[0][None] if len(frames) == 1 else np.stack(frames)


def _check(files: Files, inputs: dict[str, Any]) -> dict[str, str]:
    name = inputs.get("image")
    if isinstance(name, list) or files.has_annotated(str(name)):
        return {}
    return {"image": f"Invalid image file: {name}"}


def _fingerprint(files: Files, inputs: dict[str, Any]) -> str:
    return files.fingerprint_annotated(str(inputs["image"]))


NODES = (
    NodeClass(
        "LoadImage",
        load_image,
        (Input("image", "COMBO", {"image_upload": True}, options=Files.list_input_pictures),),
        ("IMAGE", "MASK"),
        "image",
        "Load Image",
        modern=False,
        needs_context=True,
        check=_check,
        fingerprint=_fingerprint,
    ),
)
