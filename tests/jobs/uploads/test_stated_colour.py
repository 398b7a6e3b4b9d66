"""Colour that a file states without a profile comes out as Chromium shows it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jobs.uploads.colour.linear_light import convert_to_srgb
from jobs.uploads.colour.stated import PRIMARIES, StatedColour, read_stated_colour

SRGB = StatedColour(PRIMARIES[1])
RECORDED = json.loads(Path(__file__).with_name("chromium_colours.json").read_text())
RED = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)


@pytest.mark.parametrize("case", RECORDED["cases"], ids=lambda case: str(case["says"]))
def test_as_chromium_shows_it(case: dict[str, Any]) -> None:
    codes = np.array([RECORDED["codes"]], np.uint16)
    got = convert_to_srgb(codes, 65535, read_stated_colour(case["says"]) or SRGB)[0]
    off = np.abs(got.astype(int) - case["shown"])
    assert off.mean() <= 0.5
    assert off.max() <= 3


@pytest.mark.parametrize("depth", [8, 10, 12])
def test_a_cameras_video_curve_is_undone_exactly(depth: int) -> None:
    """What a camera makes of sRGB's greys by BT.709 (ITU-T H.273, table 3, value 1) comes back as they were."""
    grey = np.arange(256) / 255
    light = np.where(grey <= 0.04045, grey / 12.92, ((grey + 0.055) / 1.055) ** 2.4)
    video = np.where(light < 0.018054, 4.5 * light, 1.099297 * light**0.45 - 0.099297)
    white = (1 << depth) - 1
    codes = np.round(np.repeat(video[None, :, None], 3, axis=2) * white).astype(np.uint16)
    stated = read_stated_colour({"nclx": (9, 1)})
    assert stated is not None
    off = np.abs(convert_to_srgb(codes, white, stated)[0, :, 0].astype(int) - np.arange(256))
    assert off.max() <= 2


def test_the_first_statement_counts() -> None:
    """PNG, third edition, section 4.3: cICP before iCCP before sRGB before gAMA and cHRM."""
    everything: dict[str, Any] = {"cicp": (12, 13, 0, 1), "icc_profile": b"x", "srgb": 0, "gamma": 1.0}
    p3, linear = StatedColour(PRIMARIES[12]), StatedColour(PRIMARIES[1], gamma=1.0)
    assert read_stated_colour(everything) == p3
    for first, rest in (("cicp", None), ("icc_profile", None), ("srgb", linear)):
        del everything[first]
        assert read_stated_colour(everything) == rest
    assert read_stated_colour({"nclx": (12, 13), "icc_profile": b"x"}) is None
    assert read_stated_colour({"cicp": (1, 13, 0, 1), "gamma": 1.0}) is None


SAYS_NOTHING: list[dict[str, Any]] = [
    {},
    {"cicp": (2, 2, 0, 1)},
    {"cicp": (12, 13, 1, 1)},  # a matrix: PNG has RGB only
    {"cicp": (12, 13, 0, 0)},  # narrow range, which browsers ignore
    {"cicp": (0, 13, 0, 1)},
    {"cicp": (200, 13, 0, 1)},
    {"cicp": (9, 19, 0, 1)},
    {"nclx": (1, 13)},
    {"nclx": (2, 2)},
    {"nclx": (1, 6)},  # what Android's cameras write
    {"nclx": (9, 65535)},
    {"gamma": 0.0},
    {"gamma": 0.00001},
    {"gamma": 42949.67},
    {"gamma": 0.45455},
    {"chromaticity": PRIMARIES[12]},  # nothing without gamma
    {"gamma": 1.0, "chromaticity": (0.0, 0.0, *RED[2:])},
    {"gamma": 1.0, "chromaticity": (*RED[:2], *RED[2:4], *RED[2:4], *RED[6:])},
    {"gamma": 1.0, "chromaticity": (0.9, 0.05, *RED[2:])},
    {"gamma": 1.0, "chromaticity": (42949.0,) * 8},
]


@pytest.mark.parametrize("info", SAYS_NOTHING, ids=str)
def test_nonsense_and_srgb_change_nothing(info: dict[str, Any]) -> None:
    assert read_stated_colour(info) is None


def test_nonsense_gives_way_to_what_comes_next() -> None:
    assert read_stated_colour({"cicp": (200, 13, 0, 1), "gamma": 1.0}) == StatedColour(
        PRIMARIES[1], gamma=1.0
    )
