"""Makes photos: small ones that differ in their pixels, and large ones that resemble real photos."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

ROUNDING = 1
_SHAPE = (64, 96, 3)


def trial_pixels(number: int) -> np.ndarray:
    """64 × 96 RGB, uint8: a unique colour ramp for each `number` below 4096; any two differ by 16 somewhere."""
    base = np.array([number % 16, number // 16 % 16, number // 256 % 16]) * 16
    ramp = np.linspace(0, 15, _SHAPE[1], dtype=np.uint8)[None, :, None]
    return np.broadcast_to(base.astype(np.uint8) + ramp, _SHAPE).copy()


def make_trial_photo(number: int, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"trial-{number:04}.png"
    Image.fromarray(trial_pixels(number)).save(path)
    return path


def is_inverted(result: Path, number: int) -> bool:
    """Whether `result` is the photo inverted by `trial_invert`, within the node's rounding of one step."""
    try:
        with Image.open(result) as image:
            found = np.asarray(image.convert("RGB"), dtype=np.int16)
    except OSError:
        return False
    wanted = 255 - trial_pixels(number).astype(np.int16)
    return found.shape == wanted.shape and bool(np.abs(found - wanted).max() <= ROUNDING)


def make_camera_photo(source: Path, target: Path, *, width: int = 4000, height: int = 3000) -> Path:
    """Saves `source` in camera size with sensor noise (sigma 3 of 255, seeded), as JPEG of quality 92."""
    with Image.open(source) as image:
        large = np.asarray(image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS), np.float32)
    noise = np.random.default_rng(12).normal(0, 3, large.shape).astype(np.float32)
    target.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.clip(large + noise, 0, 255).astype(np.uint8)).save(target, quality=92)
    return target
