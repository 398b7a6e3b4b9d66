"""The recorded graphs and bindings, and shortcuts to the presets under test."""

import json
from pathlib import Path
from typing import Any

from jobs.presets.render import Photo
from jobs.presets.shipped import ShippedPreset, shipped_presets

GOLDEN = Path(__file__).parents[2] / "golden"
NEED_MODELS = ("sdxl_portrait", "text_to_image")
MODEL_FREE = ("portrait_pro", "product_glow", "cinematic", "thumbnail_pop", "marketplace_square", "mono_film")
SLUGS = (*MODEL_FREE, *NEED_MODELS)

LARGE = Photo("uploads/photo.png", 12000, 9000)


def shipped(slug: str) -> ShippedPreset:
    return next(preset for preset in shipped_presets() if preset.manifest.slug == slug)


def golden_json(slug: str, kind: str) -> dict[str, Any]:
    folder = GOLDEN / "presets" / ("needs_models" if slug in NEED_MODELS else "")
    return json.loads((folder / f"{slug}.{kind}.json").read_text("utf-8"))


def object_info() -> dict[str, Any]:
    files = ("object_info.json", "object_info_needs_models.json")
    return {
        k: v for name in files for k, v in json.loads((GOLDEN / "protocol" / name).read_text("utf-8")).items()
    }
