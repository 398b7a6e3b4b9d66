"""Laying on a ground and lifting off it again are exact, for every opacity and on every ground."""

import io

import numpy as np
import pytest
from PIL import Image

from jobs.results.encoding import encode_result
from jobs.results.transparency import Cutout, flatten, lay_on
from tests.jobs.uploads.pictures import encode, flat

GROUNDS = ["#ffffff", "#000000", "#3050a0"]


def ramp() -> Image.Image:
    """Every opacity from left to right, in a few colours from top to bottom."""
    colours = [(0, 0, 0), (255, 255, 255), (200, 30, 90), (10, 240, 128)]
    pixels = np.array([[(*colour, opacity) for opacity in range(256)] for colour in colours], np.uint8)
    return Image.fromarray(pixels.repeat(90, axis=0), "RGBA")


def furthest(a: Image.Image, b: Image.Image) -> int:
    return int(np.abs(np.asarray(a, int) - np.asarray(b, int)).max())


@pytest.mark.parametrize("ground", GROUNDS)
def test_a_photo_is_laid_on_the_ground(ground):
    file = io.BytesIO()
    lay_on(ramp(), ground, file)
    laid = Image.open(file)
    expected = Image.new("RGBA", laid.size, ground)
    expected.alpha_composite(ramp())
    assert (laid.mode, furthest(laid, expected.convert("RGB")) <= 1) == ("RGB", True)


@pytest.mark.parametrize("ground", GROUNDS)
def test_what_was_lifted_off_looks_the_same_on_the_ground(ground):
    photo = ramp()
    lifted = Cutout(photo.getchannel("A"), ground).lift(flatten(photo, ground))
    assert lifted.getchannel("A").tobytes() == photo.getchannel("A").tobytes()
    assert furthest(flatten(lifted, ground), flatten(photo, ground)) <= 1


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("other", GROUNDS)
def test_no_fringe_of_the_ground_shows_on_another(ground, other):
    photo = ramp()
    lifted = Cutout(photo.getchannel("A"), ground).lift(flatten(photo, ground))
    assert furthest(flatten(lifted, other), flatten(photo, other)) <= 2


def test_pixels_without_opacity_have_the_grounds_colour():
    clear = Cutout(flat("L", 0), "#102030").lift(flat("RGB", (9, 200, 9)))
    assert clear.getcolors() == [(64 * 48, (16, 32, 48, 0))]


def test_a_darkened_ground_stays_transparent():
    """A vignette may darken the ground below any colour that could shine through."""
    shade = Cutout(flat("L", 40), "#ffffff").lift(flat("RGB", (100, 100, 100)))
    assert shade.getcolors() == [(64 * 48, (0, 0, 0, 40))]


@pytest.mark.parametrize(("format", "mode"), [("png", "RGBA"), ("webp", "RGBA"), ("jpeg", "RGB")])
def test_a_result_gets_the_alpha_of_its_photo_at_its_own_size(format, mode):
    alpha = flat("L", 0, (32, 24))
    alpha.paste(255, (16, 0, 32, 24))
    result = encode_result(
        encode(flat("RGB", (90, 60, 30)), "PNG"), format=format, notices={}, cutout=Cutout(alpha, "#ffffff")
    )
    image = Image.open(io.BytesIO(result.content))
    assert (image.mode, image.size, result.image.mode) == (mode, (64, 48), mode)
    assert (
        furthest(
            flatten(image.convert("RGBA"), "#ffffff").crop((0, 0, 24, 48)), flat("RGB", "white", (24, 48))
        )
        <= 3
    )
    assert furthest(image.convert("RGB").crop((40, 0, 64, 48)), flat("RGB", (90, 60, 30), (24, 48))) <= 3
