"""Checks and draws seeds. The same seed, parameters, preset version and photo give the same picture."""

from __future__ import annotations

import secrets

from jobs.presets.params import MAX_SEED


def check_seed(seed: int | None) -> dict[str, str]:
    """An error sentence for the field `seed`, or an empty dict if the seed is valid or None."""
    if seed is None or 0 <= seed <= MAX_SEED:
        return {}
    return {"seed": f"Choose a whole number from 0 to {MAX_SEED}."}


def draw_seed() -> int:
    """A random seed that every preset accepts and every JSON parser reads without loss."""
    return secrets.randbelow(MAX_SEED + 1)


def seeds_from(first: int | None, count: int) -> list[int]:
    """`count` different seeds: from `first` upwards (0 follows the largest), or random ones if it is None."""
    if first is not None:
        return [(first + step) % (MAX_SEED + 1) for step in range(count)]
    drawn: set[int] = set()
    while len(drawn) < count:
        drawn.add(draw_seed())
    return list(drawn)
