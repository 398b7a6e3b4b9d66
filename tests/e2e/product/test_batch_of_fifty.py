"""One batch of fifty photos gives fifty results, each made from its own photo."""

from __future__ import annotations

import colorsys
import io
import uuid

import numpy as np
import pytest
from PIL import Image

from tests.e2e.product.serving import PATIENCE_S, Product
from tests.e2e.product.visitor import Visitor
from tests.services.process import wait_until

pytestmark = pytest.mark.services
COUNT = 50
AS_IT_WAS = {"strength": "0", "warmth": "0.5", "grain": "0", "vignette": "0"}
"""Settings with which the preset leaves photos unchanged, so that each result can be matched to its photo."""


def photo(number: int) -> Image.Image:
    """Each number has its own colour, its own size and its own position of the white bar."""
    hue = tuple(round(255 * part) for part in colorsys.hsv_to_rgb(number / COUNT, 0.7, 0.9))
    image = Image.new("RGB", (100 + number, 64), hue)
    image.paste((255, 255, 255), (2 * number, 0, 2 * number + 2, 64))
    return image


def encoded(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


PHOTOS = {f"photo-{number:02}": photo(number) for number in range(COUNT)}


@pytest.fixture(scope="module")
def results(product: Product, visitor: Visitor) -> dict[str, tuple[str, Image.Image]]:
    """Maps each photo's name to its result's file name and picture."""
    ids = [visitor.upload(f"{name}.png", encoded(image)).json()["id"] for name, image in PHOTOS.items()]
    key = str(uuid.uuid4())
    first, again = (visitor.start("cinematic", ids, key, **AS_IT_WAS) for _ in range(2))
    assert (first.headers["location"], again.headers["location"]) == ("/home/", "/home/")
    done = wait_until(
        lambda: len(found := visitor.done()) >= COUNT and found, "not all fifty finish", PATIENCE_S
    )
    return {name.removesuffix(".png"): opened(visitor.download(path)) for name, path in done.items()}


def opened(answer) -> tuple[str, Image.Image]:
    name = answer.headers["content-disposition"].partition("filename=")[2].strip('"')
    return name, Image.open(io.BytesIO(answer.content))


def test_every_photo_has_one_result(results, product: Product):
    assert sorted(results) == sorted(PHOTOS)
    assert product.rows("SELECT status, COUNT(*) FROM jobs_job GROUP BY status") == [("completed", COUNT)]


def test_each_result_is_of_its_own_photo(results):
    names = {name: file for name, (file, _) in results.items()}
    assert names == {name: f"{name}-cinematic.png" for name in PHOTOS}
    nearest = {
        name: min(PHOTOS, key=lambda other: distance(made, PHOTOS[other]))
        for name, (_, made) in results.items()
    }
    assert nearest == {name: name for name in PHOTOS}
    changed = {name: worst for name, (_, made) in results.items() if (worst := distance(made, PHOTOS[name]))}
    assert changed == {}


def distance(one: Image.Image, other: Image.Image) -> float:
    """The largest difference in any channel of any pixel, from 0 to 255. Infinite if the sizes differ."""
    if one.size != other.size:
        return float("inf")
    return float(np.abs(np.asarray(one.convert("RGB"), int) - np.asarray(other.convert("RGB"), int)).max())
