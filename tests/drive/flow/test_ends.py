"""The end of a job has its result put beside, and costs people without folders nothing."""

import pytest

from creator.platform.models import Delivery
from drive.connections import connect_folder
from drive.folders import watch_folder
from drive.models import Picture
from drive.waiting import RESULTS
from jobs.lifecycle import cancel_job
from tests.jobs.lifecycle import rows


@pytest.mark.parametrize("watches", [True, False])
def test_only_the_end_of_a_folders_job_is_looked_up(cast, presets, tmp_path, watches):
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    slow = rows.slow_preset()
    if watches:
        folder = watch_folder(
            owner=cast.owner,
            connection=connect_folder(cast.owner, tmp_path, label="Photos"),
            input_id="in",
            output_id="out",
            preset="cinematic",
        )
    made, other = rows.submit_one(cast.owner, slow), rows.submit_one(cast.owner, slow)
    if watches:
        Picture.objects.create(folder=folder, sha256="0", settings="0", name="a.jpg", job=made)
    cancel_job(job=made)
    cancel_job(job=other)
    assert Delivery.objects.filter(kind=RESULTS).count() == watches
