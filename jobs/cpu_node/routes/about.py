"""Routes that describe the node: its classes, system, features, models, embeddings and log."""

import os
import platform
import sys

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jobs.cpu_node.node import MAX_UPLOAD, Node
from jobs.cpu_node.routes.answers import empty, json_answer

VERSION = "0.28.0"
FEATURES = {
    "supports_preview_metadata": True,
    "supports_model_type_tags": True,
    "max_upload_size": MAX_UPLOAD,
    "extension": {"manager": {"supports_v4": True}},
    "node_replacements": True,
    "assets": False,
}
_MODEL_FOLDERS = (
    "checkpoints", "configs", "loras", "vae", "text_encoders", "diffusion_models", "clip_vision", "style_models",
    "embeddings", "diffusers", "vae_approx", "controlnet", "gligen", "upscale_models", "latent_upscale_models",
    "custom_nodes", "hypernetworks", "photomaker", "classifiers", "model_patches", "audio_encoders",
    "background_removal", "frame_interpolation", "geometry_estimation", "optical_flow", "detection",
)  # fmt: skip


def routes(node: Node) -> list[Route]:
    async def object_info(request: Request) -> Response:
        about = await run_in_threadpool(
            lambda: {name: kind.describe(node.files) for name, kind in node.registry.items()}
        )
        return json_answer(about)

    async def one_class(request: Request) -> Response:
        name = request.path_params["name"]
        kind = node.registry.get(name)
        return json_answer({} if kind is None else {name: kind.describe(node.files)})

    async def system_stats(request: Request) -> Response:
        return json_answer(_stats(node.argv))

    async def features(request: Request) -> Response:
        return json_answer(features_of(node))

    async def models(request: Request) -> Response:
        return json_answer(_MODEL_FOLDERS)

    async def models_of(request: Request) -> Response:
        known = request.path_params["folder"] in _MODEL_FOLDERS
        return json_answer([]) if known else empty(404)

    async def embeddings(request: Request) -> Response:
        return json_answer([])

    async def raw_logs(request: Request) -> Response:
        entries = [{"t": "2026-01-01T00:00:00", "m": line} for line in node.faults.log_lines()]
        return json_answer({"entries": entries, "size": {"cols": 80, "rows": 24}})

    return [
        Route("/internal/logs/raw", raw_logs),
        Route("/object_info", object_info),
        Route("/object_info/{name}", one_class),
        Route("/system_stats", system_stats),
        Route("/features", features),
        Route("/models", models),
        Route("/models/{folder}", models_of),
        Route("/embeddings", embeddings),
    ]


def features_of(node: Node) -> dict[str, object]:
    return FEATURES | {"max_upload_size": node.max_upload}


def _stats(argv: list[str]) -> dict[str, object]:
    """The keys of the real answer. Packages, environment and device show that this is not ComfyUI."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")
    device = {
        "name": "CPU node",
        "type": "cpu",
        "index": None,
        "vram_total": total,
        "vram_free": free,
        "torch_vram_total": total,
        "torch_vram_free": free,
    }
    system = {
        "os": platform.system().lower(),
        "ram_total": total,
        "ram_free": free,
        "comfyui_version": VERSION,
        "required_frontend_version": "none",
        "installed_templates_version": "none",
        "required_templates_version": "none",
        "comfy_package_versions": [{"name": "cpu-node", "installed": VERSION, "required": VERSION}],
        "python_version": sys.version.replace("\n", ""),
        "pytorch_version": "none",
        "embedded_python": False,
        "deploy_environment": "cpu-node",
        "argv": argv,
    }
    return {"system": system, "devices": [device]}
