"""Presets process photos up to their largest aspect ratio. Longer ones are refused before a job exists."""

from __future__ import annotations

import uuid

import pytest
from PIL import Image

from creator.lib.errors import Refused
from jobs.enums import JobStatus
from jobs.lifecycle import JobRequest, submit_batch
from jobs.models import Job
from jobs.uploads.accept import accept_file
from jobs.worker import run_until_idle

MODEL_FREE = ["portrait_pro", "product_glow", "cinematic", "thumbnail_pop", "marketplace_square", "mono_film"]


def submit(owner, offered, folder, size):
    path = folder / "strip.png"
    Image.new("RGB", size, (120, 90, 60)).save(path)
    photo = accept_file(owner=owner, source=path, name="strip.png")
    request = JobRequest(owner=owner, preset=offered, photos=[photo])
    return submit_batch(request, key=uuid.uuid4())


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("slug", MODEL_FREE)
def test_longest_photo_comes_back(slug, cast, presets, registered_node, tmp_path):
    longest = int(presets[slug].manifest.max_aspect_ratio)
    batch = submit(cast.owner, presets[slug], tmp_path, (60 * longest, 60))
    run_until_idle()
    assert batch.jobs.get().status == JobStatus.COMPLETED


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("slug", MODEL_FREE)
def test_longer_photo_is_refused(slug, cast, presets, tmp_path):
    longest = int(presets[slug].manifest.max_aspect_ratio)
    with pytest.raises(Refused) as refused:
        submit(cast.owner, presets[slug], tmp_path, (20 * longest + 20, 20))
    assert (refused.value.code, list(refused.value.details)) == ("invalid_parameters", ["photos"])
    assert not Job.objects.exists()
