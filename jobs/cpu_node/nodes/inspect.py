"""Nodes that report a value: GetImageSize, PreviewAny."""

import json
from typing import Any

from jobs.cpu_node.nodes.arrays import Picture
from jobs.cpu_node.nodes.registry import Context, Input, NodeClass, Outcome, picture


def get_image_size(context: Context, image: Picture) -> tuple[int, int, int]:
    """Width, height and number of frames. Sends them to the client as text too."""
    batch, height, width = image.shape[:3]
    context.send_text(f"width: {width}, height: {height}\n batch size: {batch}")
    return width, height, batch


def preview_any(source: Any) -> Outcome:
    if isinstance(source, (str, int, float, bool)):
        text = str(source)
    else:
        try:
            text = json.dumps(source)
        except TypeError:
            text = str(source)
    return Outcome((text,), {"text": [text]})


NODES = (
    NodeClass(
        "GetImageSize",
        get_image_size,
        (picture(),),
        ("INT", "INT", "INT"),
        "image",
        "Get Image Size",
        output_names=("width", "height", "batch_size"),
        hidden=("unique_id",),
        needs_context=True,
    ),
    NodeClass(
        "PreviewAny",
        preview_any,
        (Input("source", "*"),),
        ("STRING",),
        "utilities",
        "Preview as Text",
        is_output=True,
        modern=False,
    ),
)
