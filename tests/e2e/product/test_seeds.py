"""Every preset that the CPU node can run: a seed changes its picture exactly if its manifest says so."""

from __future__ import annotations

import uuid

import pytest

from jobs.enums import ArtifactKind
from jobs.lifecycle import JobRequest, submit_batch
from jobs.presets.render import Photo, check_values, render_graph
from jobs.presets.shipped import shipped_presets
from jobs.uploads.accept import accept_file
from jobs.worker import run_until_idle
from tests.jobs.cpu_node.golden import GOLDEN

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

RUN_HERE = [each.manifest for each in shipped_presets() if not each.manifest.required_models]
WITH_SEED = [manifest.slug for manifest in RUN_HERE if manifest.has_seed]
SILENT = [(m.slug, {name: value}) for m in RUN_HERE if m.seed for name, value in m.seed.no_effect_at]


@pytest.fixture
def made(cast, presets, registered_node):
    """`made(slug, parameters, seeds)` runs one job per seed, none of them from a cache, and returns the SHA-256s."""
    photo = accept_file(owner=cast.owner, source=GOLDEN / "photos/chelsea.jpg", name="chelsea.jpg")

    def run(slug, parameters, seeds):
        batches = [
            submit_batch(
                JobRequest(
                    owner=cast.owner, preset=presets[slug], photos=[photo], parameters=parameters, seed=seed
                ),
                key=uuid.uuid4(),
            )
            for seed in seeds
        ]
        run_until_idle()
        jobs = [batch.jobs.get() for batch in batches]
        return [job.artifacts.get(kind=ArtifactKind.RESULT).sha256 for job in jobs]

    return run


@pytest.mark.parametrize("slug", WITH_SEED)
@pytest.mark.parametrize("strength", [0, 1])
def test_another_seed_is_another_picture_and_the_same_seed_the_same(made, slug, strength):
    first, again, other = made(slug, {"strength": strength}, [1, 1, 2])
    assert (first == again, first == other) == (True, False)


@pytest.mark.parametrize(("slug", "parameters"), SILENT)
def test_where_the_manifest_says_so_no_seed_changes_the_picture(made, slug, parameters):
    assert len(set(made(slug, parameters, [1, 2]))) == 1


@pytest.mark.parametrize("slug", [manifest.slug for manifest in RUN_HERE if not manifest.has_seed])
def test_a_preset_without_a_seed_makes_the_same_picture_every_time(made, slug):
    assert len(set(made(slug, {}, [None, None]))) == 1


@pytest.mark.parametrize("preset", shipped_presets(), ids=lambda preset: preset.manifest.slug)
def test_the_seed_reaches_the_graph_exactly_if_the_manifest_has_one(preset):
    """This covers the presets that need models too."""
    manifest = preset.manifest
    values = check_values(manifest, {"prompt": "a cup"} if manifest.slug == "text_to_image" else {})
    photo = Photo("photo.png", 640, 480) if manifest.needs_photo else None
    one, two = (
        render_graph(manifest, preset.workflow, values=values, seed=seed, photo=photo, filename_prefix="x")
        for seed in (1, 2)
    )
    assert (one != two) is manifest.has_seed
