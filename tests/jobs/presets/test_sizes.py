"""The size of a result is known before it is made, and is that of the recorded results."""

import json

import pytest
from PIL import Image

from jobs.presets.render import check_values
from jobs.presets.sizes import result_size
from tests.jobs.presets.golden import GOLDEN, shipped

ROWS = json.loads((GOLDEN / "presets/results/index.json").read_text())["results"]


def size_of(slug, photo, **raw):
    manifest = shipped(slug).manifest
    return result_size(manifest, photo, check_values(manifest, raw))


@pytest.mark.parametrize("row", ROWS, ids=[row["file"] for row in ROWS])
def test_it_is_the_size_that_a_real_server_made(row):
    manifest = shipped(row["preset"]).manifest
    names = {parameter.name for parameter in manifest.settings}
    raw = {name: value for name, value in row["parameters"].items() if name in names}
    raw |= {"enlarge": True} if "enlarge" in names else {}
    with Image.open(GOLDEN / row["photo"]) as photo:
        assert size_of(row["preset"], photo.size, **raw) == (row["width"], row["height"])


@pytest.mark.parametrize("slug", ["portrait_pro", "product_glow", "cinematic", "mono_film"])
@pytest.mark.parametrize("photo", [(4032, 3024), (6000, 4000), (3024, 4032), (8, 6), (1, 3), (16384, 1638)])
def test_by_default_a_result_has_the_size_of_its_photo(slug, photo):
    assert size_of(slug, photo) == photo


@pytest.mark.parametrize(
    ("slug", "photo", "raw", "size"),
    [
        ("cinematic", (20000, 2500), {}, (16384, 2048)),
        ("cinematic", (4032, 3024), {"size": 2048}, (2048, 1536)),
        ("cinematic", (640, 427), {"size": 2048}, (640, 427)),
        ("cinematic", (640, 427), {"size": 2048, "enlarge": True}, (2048, 1366)),
        ("thumbnail_pop", (4032, 3024), {}, (1280, 720)),
        ("thumbnail_pop", (30, 20), {"size": "1920x1080"}, (1920, 1080)),
        ("marketplace_square", (3024, 4032), {}, (4032, 4032)),
        ("marketplace_square", (3024, 4032), {"size": 1600}, (1600, 1600)),
        ("marketplace_square", (30, 20), {}, (500, 500)),
        ("text_to_image", None, {"prompt": "a cup", "width": 512}, (512, 1024)),
    ],
)
def test_settings_decide_the_size(slug, photo, raw, size):
    assert size_of(slug, photo, **raw) == size
