"""Checks and draws seeds. The same seed, parameters, preset version and photo give the same picture.

A seed and variations are offered and taken only where a seed changes the picture: nothing is sold twice.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from jobs.presets import Manifest
from jobs.presets.params import MAX_SEED, Value

NO_SEED = 0
"""What a job of a preset without a seed stores."""


def check_seed(seed: int | None) -> dict[str, str]:
    """An error sentence for the field `seed`, or an empty dict if the seed is valid or None."""
    if seed is None or 0 <= seed <= MAX_SEED:
        return {}
    return {"seed": f"Choose a whole number from 0 to {MAX_SEED}."}


def why_always_equal(manifest: Manifest, parameters: Mapping[str, Value]) -> str:
    """Says why every seed gives the same picture with these parameters; empty if a seed changes it."""
    if manifest.seed is None:
        return f"{manifest.title} always makes the same picture from the same photo and settings."
    if silent := manifest.silences_seed(parameters):
        return f"With {silent.label} at {_shown(parameters[silent.name])}, every seed makes the same picture."
    return ""


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def draw_seed() -> int:
    """A random seed that every preset accepts and every JSON parser reads without loss."""
    return secrets.randbelow(MAX_SEED + 1)


def seeds_for(manifest: Manifest, *, first: int | None, count: int) -> list[int]:
    """`count` different seeds: from `first` upwards (0 follows the largest), or random ones if it is None.

    A preset without a seed makes one picture, and gets NO_SEED.
    """
    if manifest.seed is None:
        return [NO_SEED]
    if first is not None:
        return [(first + step) % (MAX_SEED + 1) for step in range(count)]
    drawn: set[int] = set()
    while len(drawn) < count:
        drawn.add(draw_seed())
    return list(drawn)
