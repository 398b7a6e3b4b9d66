"""Cut-outs through every preset that the CPU node can run: on the preset's ground, or transparent still."""

from __future__ import annotations

import uuid
from io import BytesIO

import numpy as np
import pytest
from django.core.files.storage import default_storage
from PIL import Image

from jobs.enums import ArtifactKind, ResultFormat
from jobs.lifecycle import JobRequest, submit_batch
from jobs.uploads.accept import accept_file
from jobs.worker import run_until_idle

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

RUN_HERE = ("portrait_pro", "product_glow", "cinematic", "thumbnail_pop", "marketplace_square", "mono_film")
KEEP = ("portrait_pro", "product_glow")
PLAIN = {"strength": 0, "grain": 0, "vignette": 0, "bars": False, "warmth": 0.5, "soft_edge": 0}
WHITE, SIZE = (255, 255, 255), (160, 120)
SUBJECT, SHADOW = (60, 30, 100, 90), (60, 92, 100, 104)
INSIDE = (68, 38, 92, 82)
"""Away from the subject's edges, where WebP mixes colours."""


def cut_out(hidden: tuple[int, int, int]) -> Image.Image:
    """A brown box with a soft black shadow below it; `hidden` lies under everything transparent."""
    picture = Image.new("RGBA", SIZE, (*hidden, 0))
    picture.paste((0, 0, 0, 60), SHADOW)
    picture.paste((150, 90, 60, 255), SUBJECT)
    return picture


def on_white(picture: Image.Image) -> Image.Image:
    flat = Image.new("RGB", picture.size, WHITE)
    flat.paste(picture, mask=picture.getchannel("A"))
    return flat


def palette(picture: Image.Image) -> Image.Image:
    """The box with a palette whose first entry is transparent; it has no shadow."""
    hard = picture.copy()
    hard.paste((0, 255, 0, 0), SHADOW)
    return hard.quantize(8, Image.Quantize.FASTOCTREE)


FILES = {
    "green.png": lambda: cut_out((0, 255, 0)),
    "black.png": lambda: cut_out((0, 0, 0)),
    "magenta.webp": lambda: cut_out((255, 0, 255)),
    "green.tiff": lambda: cut_out((0, 255, 0)),
    "black.avif": lambda: cut_out((0, 0, 0)),
    "grey.png": lambda: cut_out((0, 0, 0)).convert("LA"),
    "palette.png": lambda: palette(cut_out((0, 255, 0))),
}
LOSSLESS = {"webp": {"lossless": True, "exact": True}, "avif": {"quality": 100, "subsampling": "4:4:4"}}


@pytest.fixture
def make(cast, presets, registered_node, tmp_path):
    """`make(picture, name, slug, **parameters)` uploads a picture, runs the preset and returns the result."""

    def run(picture, name, slug, *, output_format=ResultFormat.PNG, **parameters):
        file = tmp_path / name
        picture.save(file, **LOSSLESS.get(file.suffix[1:], {}))
        photo = accept_file(owner=cast.owner, source=file, name=name)
        offered = presets[slug]
        known = {each.name for each in offered.manifest.settings}
        request = JobRequest(
            owner=cast.owner,
            preset=offered,
            photos=[photo],
            parameters={key: value for key, value in parameters.items() if key in known},
            output_format=output_format,
        )
        batch = submit_batch(request, key=uuid.uuid4())
        run_until_idle()
        result = batch.jobs.get().artifacts.get(kind=ArtifactKind.RESULT)
        with default_storage.open(result.key) as stored:
            return Image.open(BytesIO(stored.read()))

    return run


def furthest(ours: Image.Image, theirs: Image.Image) -> int:
    return int(np.abs(np.asarray(ours.convert("RGB"), int) - np.asarray(theirs.convert("RGB"), int)).max())


@pytest.mark.parametrize("name", FILES)
def test_every_kind_of_file_comes_back_on_white(make, name):
    picture = FILES[name]()
    result = make(picture, name, "cinematic", **PLAIN)
    assert (result.mode, furthest(result, on_white(picture.convert("RGBA"))) <= 4) == ("RGB", True)


@pytest.mark.parametrize("slug", [slug for slug in RUN_HERE if slug not in KEEP])
def test_a_result_without_transparency_is_that_of_the_photo_on_white(make, slug):
    """With the default look: nothing of the hidden colour reaches blurs, glow or grain either."""
    picture = cut_out((0, 255, 0))
    parameters = {"grain": 0}
    made = make(picture, "cut-out.png", slug, **parameters)
    assert (made.mode, furthest(made, make(on_white(picture), "flat.png", slug, **parameters))) == ("RGB", 0)


@pytest.mark.parametrize("slug", KEEP)
@pytest.mark.parametrize("output_format", [ResultFormat.PNG, ResultFormat.WEBP])
def test_a_preset_that_keeps_transparency_returns_the_photos_own(make, slug, output_format):
    picture = cut_out((0, 255, 0))
    made = make(picture, "cut-out.png", slug, output_format=output_format)
    assert (made.mode, made.getchannel("A").tobytes()) == ("RGBA", picture.getchannel("A").tobytes())
    flat = make(on_white(picture), "flat.png", slug)
    lossy = 0 if output_format == ResultFormat.PNG else 8
    assert furthest(made.crop(INSIDE), flat.crop(INSIDE)) <= lossy


@pytest.mark.parametrize("slug", KEEP)
def test_a_cut_out_of_an_unchanged_look_is_the_photo_on_any_ground(make, slug):
    picture = cut_out((255, 0, 255))
    made = make(picture, "cut-out.png", slug, **PLAIN)
    for ground in ("white", "black", "red"):
        ours, theirs = (Image.new("RGBA", SIZE, ground) for _ in range(2))
        ours.alpha_composite(made)
        theirs.alpha_composite(picture)
        # `Crisp` and `Eyes and hair` sharpen the edges even at strength 0.
        inside = (64, 34, 96, 86), (64, 95, 96, 101), (4, 4, 40, 100)
        assert [furthest(ours.crop(box), theirs.crop(box)) <= 3 for box in inside] == [True] * 3


@pytest.mark.parametrize("slug", KEEP)
def test_a_jpeg_shows_the_ground(make, slug):
    made = make(cut_out((0, 255, 0)), "cut-out.png", slug, output_format=ResultFormat.JPEG)
    corner, shadow = made.getpixel((10, 10)), made.getpixel((80, 98))
    assert (made.mode, min(corner) >= 250, all(120 <= value <= 245 for value in shadow)) == (
        "RGB",
        True,
        True,
    )


def test_a_cut_out_that_was_enlarged_keeps_its_shape(make):
    picture = cut_out((0, 255, 0))
    made = make(picture, "cut-out.png", "product_glow", size=640, enlarge=True)
    assert (made.mode, made.size) == ("RGBA", (640, 480))
    assert [made.getpixel(at)[3] for at in ((8, 8), (320, 240), (320, 392))] == [0, 255, 60]


def test_its_thumbnail_on_pages_still_shows_the_transparency(make, cast):
    make(cut_out((0, 255, 0)), "cut-out.png", "product_glow")
    photo = cast.owner.uploads.get()
    job = photo.jobs.get()
    thumbnails = [photo.thumbnail_key, job.artifacts.get(kind=ArtifactKind.THUMBNAIL).key]
    for key in thumbnails:
        with default_storage.open(key) as stored:
            picture = Image.open(BytesIO(stored.read()))
        assert (picture.mode, picture.getpixel((4, 4))[3], picture.getpixel((80, 60))[3]) == ("RGBA", 0, 255)


def test_run_here_are_the_presets_that_need_no_model(presets):
    free = {slug for slug, offered in presets.items() if not offered.manifest.required_models}
    assert free == set(RUN_HERE)
    assert {slug for slug in free if presets[slug].manifest.keeps_transparency} == set(KEEP)
