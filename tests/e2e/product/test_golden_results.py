"""Makes every recorded preset result again, from upload to saved file, and compares the pictures."""

from __future__ import annotations

import json
import uuid
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from django.core.files.storage import default_storage
from PIL import Image

from jobs.enums import ArtifactKind
from jobs.lifecycle import JobRequest, submit_batch
from jobs.uploads.accept import accept_file
from jobs.worker import run_until_idle

GOLDEN = Path(__file__).parents[2] / "golden"
ROWS = json.loads((GOLDEN / "presets/results/index.json").read_text())["results"]
ENOUGH_DB = 40.0


def psnr(ours: Image.Image, theirs: Image.Image) -> float:
    """Peak signal-to-noise ratio of two 8-bit RGB pictures, in dB. Infinite for equal pictures."""
    difference = np.asarray(ours.convert("RGB"), float) - np.asarray(theirs.convert("RGB"), float)
    error = float(np.mean(difference**2))
    return float("inf") if error == 0 else 10 * np.log10(255**2 / error)


def settings_of(row: dict, offered) -> tuple[dict, int | None]:
    """Returns the recorded parameters as a person would send them, and the seed if the preset has one.

    Sets `enlarge`, because the server that recorded the results enlarged small photos.
    """
    names = {parameter.name for parameter in offered.manifest.parameters}
    values = {name: value for name, value in row["parameters"].items() if name in names and name != "seed"}
    if "enlarge" in names:
        values["enlarge"] = True
    return values, row["parameters"].get("seed", 1) if offered.manifest.has_seed else None


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("row", ROWS, ids=[Path(row["file"]).stem for row in ROWS])
def test_result_is_the_recorded_one(row, cast, presets, registered_node):
    offered = presets[row["preset"]]
    photo = accept_file(owner=cast.owner, source=GOLDEN / row["photo"], name=Path(row["photo"]).name)
    values, seed = settings_of(row, offered)
    request = JobRequest(owner=cast.owner, preset=offered, photos=[photo], parameters=values, seed=seed)
    batch = submit_batch(request, key=uuid.uuid4())
    run_until_idle()
    result = batch.jobs.get().artifacts.get(kind=ArtifactKind.RESULT)
    with default_storage.open(result.key) as file:
        ours = Image.open(BytesIO(file.read()))
    theirs = Image.open(GOLDEN / "presets" / row["file"])
    assert ours.size == theirs.size
    assert psnr(ours, theirs) >= ENOUGH_DB
