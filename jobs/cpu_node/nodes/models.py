"""Node classes that need a model, for tests only. This node has no models, so it refuses every graph with them.

Tests use them to see how a client handles a node that lacks a model file.
"""

from typing import Any, NoReturn

from jobs.cpu_node.nodes.registry import Input, NodeClass, integer


def _no_model(**inputs: Any) -> NoReturn:
    message = f"this node has no models ({', '.join(inputs)})"
    raise RuntimeError(message)


_SIZE = {"step": 8}
NODES = (
    NodeClass(
        "CheckpointLoaderSimple",
        _no_model,
        (Input("ckpt_name", "COMBO", {"tooltip": "A checkpoint file."}, options=()),),
        ("MODEL", "CLIP", "VAE"),
        "model/loaders",
        "Load Checkpoint",
        modern=False,
    ),
    NodeClass(
        "EmptyLatentImage",
        _no_model,
        (
            integer("width", 512, 16, 16384, **_SIZE),
            integer("height", 512, 16, 16384, **_SIZE),
            integer("batch_size", 1, 1, 4096),
        ),
        ("LATENT",),
        "model/latent",
        "Empty Latent Image",
        modern=False,
    ),
    NodeClass(
        "VAEDecode",
        _no_model,
        (
            Input("samples", "LATENT", {"tooltip": "What to decode."}),
            Input("vae", "VAE", {"tooltip": "The model to decode with."}),
        ),
        ("IMAGE",),
        "model/latent",
        "VAE Decode",
        modern=False,
    ),
)
