"""Results must not depend on blocks, on threads, or on axes along which a picture does not vary."""

from collections.abc import Iterator

import numpy as np
import pytest

from jobs.cpu_node.nodes.arrays import (
    BLOCK,
    Picture,
    bytes_of,
    from_bytes,
    plain,
    pointwise,
    set_threads,
    to_bytes,
)
from jobs.cpu_node.nodes.blend import image_blend
from jobs.cpu_node.nodes.noise import normal_numbers
from jobs.cpu_node.nodes.resample import resize
from tests.jobs.cpu_node.golden import read

MODES = ("normal", "multiply", "screen", "overlay", "soft_light", "difference")


@pytest.fixture
def three_threads() -> Iterator[None]:
    set_threads(3)
    yield
    set_threads(1)


def random_picture(height: int = 70, width: int = 900, channels: int = 3, seed: int = 0) -> Picture:
    values = np.random.default_rng(seed).random((1, height, width, channels), np.float32)
    return np.broadcast_to(values, (1, height, width, 3))


@pytest.mark.parametrize("method", ["nearest-exact", "bilinear", "area", "bicubic", "lanczos"])
def test_threads_do_not_show_in_resizing(method: str) -> None:
    picture = random_picture()
    alone = resize(picture, method, 333, 41)
    set_threads(3)
    together = resize(picture, method, 333, 41)
    set_threads(1)
    assert np.array_equal(alone, together)


@pytest.mark.usefixtures("three_threads")
@pytest.mark.parametrize("mode", MODES)
def test_grey_and_plain_pictures_blend_like_full_ones(mode: str) -> None:
    grey, tint = random_picture(channels=1), plain((1, 70, 900, 3), 0.7)
    (thin,) = image_blend(grey, tint, 0.6, mode)
    (full,) = image_blend(np.array(grey), np.array(tint), 0.6, mode)
    assert np.array_equal(thin, full)
    assert bytes_of(thin) * 3 == bytes_of(full)


@pytest.mark.usefixtures("three_threads")
def test_colour_over_grey_over_many_blocks() -> None:
    colour, grey = random_picture(), random_picture(channels=1, seed=1)
    assert colour.size > 3 * BLOCK
    result = pointwise(lambda target, a, b: np.subtract(a, b, out=target), colour, grey)
    assert np.array_equal(result, colour - grey)


def test_levels_survive_the_way_there_and_back() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(1, 256, 1)
    assert np.array_equal(to_bytes(from_bytes(levels).reshape(1, 256, 1)), levels)


@pytest.mark.usefixtures("three_threads")
@pytest.mark.parametrize(
    "stream", read("nodes/ImageAddNoise/normal_numbers.json")["streams"], ids=lambda row: f"{row['seed']}"
)
def test_normal_numbers(stream: dict[str, object]) -> None:
    numbers = normal_numbers(stream["seed"], stream["count"])
    first, last = np.array(stream["first"]), np.array(stream["last"])
    assert np.abs(numbers[: first.size] - first).max() <= 2e-6
    assert np.abs(numbers[-last.size :] - last).max() <= 2e-6
