import uuid

import pytest

from creator.lib.errors import Refused
from jobs.models import Batch, Job, JobEvent, Upload, UserQueue
from tests.jobs.lifecycle import rows


def refusal(owner, offered, **fields) -> Refused:
    """Return the refusal, and assert that nothing was written."""
    with pytest.raises(Refused) as caught:
        rows.submit(owner, offered, **fields)
    assert (Batch.objects.count(), Job.objects.count(), UserQueue.objects.count()) == (0, 0, 0)
    return caught.value


def test_a_batch_is_one_job_per_photo_with_everything_frozen(cast, presets):
    photos = [rows.make_upload(cast.owner, name=f"{n}.jpg") for n in range(3)]
    offered = presets["cinematic"]
    jobs = rows.submit(
        cast.owner, offered, photos=photos, parameters={"grain": 0.5}, seed=7, output_format="webp"
    )
    assert [job.upload for job in jobs] == photos
    assert {(job.status, job.stage, job.seed, job.output_format) for job in jobs} == {
        ("queued", "", 7, "webp")
    }
    assert {job.price for job in jobs} == {offered.preset.price}
    assert {job.need for job in jobs} == {offered.version.digest}
    assert [job.parameters["grain"] for job in jobs] == [0.5] * 3
    assert "seed" not in jobs[0].parameters
    assert rows.counts(cast.owner) == (3, 0)
    events = JobEvent.objects.order_by("job__rank_at").values_list("job_id", "sequence", "status")
    assert list(events) == [(job.id, 1, "queued") for job in jobs]
    assert [job.progress.sequence for job in jobs] == [1, 1, 1]


def test_a_photo_in_use_no_longer_expires_and_others_still_do(cast, presets):
    used, unused = rows.make_upload(cast.owner), rows.make_upload(cast.owner)
    rows.submit(cast.owner, presets["cinematic"], photos=[used])
    assert Upload.objects.get(pk=used.pk).expires_at is None
    assert Upload.objects.get(pk=unused.pk).expires_at == unused.expires_at


def test_without_a_seed_each_job_draws_its_own(cast, slow):
    seeds = [rows.submit_one(cast.owner, slow).seed for _ in range(4)]
    assert len(set(seeds)) == 4
    assert all(0 <= seed < 2**53 for seed in seeds)


@pytest.mark.parametrize("seed", [0, 2**53 - 1])
def test_the_bounds_of_a_seed_are_taken(cast, slow, seed):
    assert rows.submit_one(cast.owner, slow, seed=seed).seed == seed


def test_the_same_key_is_the_same_batch(cast, slow):
    key = uuid.uuid4()
    first = rows.submit(cast.owner, slow, key=key)
    again = rows.submit(cast.owner, slow, key=key)
    assert (first, rows.counts(cast.owner), Job.objects.count()) == (again, (1, 0), 1)


def test_the_same_key_of_somebody_else_is_another_batch(cast, slow):
    key = uuid.uuid4()
    mine, theirs = rows.submit_one(cast.owner, slow, key=key), rows.submit_one(cast.other, slow, key=key)
    assert (mine.owner, theirs.owner) == (cast.owner, cast.other)
    assert mine.batch_id != theirs.batch_id


def test_every_wrong_value_is_named_at_once(cast, presets):
    refused = refusal(
        cast.owner,
        presets["cinematic"],
        parameters={"grain": 9, "warmth": "hot", "nonsense": 1},
        seed=-1,
        output_format="gif",
    )
    assert (refused.code, refused.status) == ("invalid_parameters", 422)
    assert set(refused.details) == {"grain", "warmth", "nonsense", "seed", "output_format", "photos"}


@pytest.mark.parametrize("seed", [-1, 2**53])
def test_a_seed_out_of_bounds_is_named(cast, slow, seed):
    assert set(refusal(cast.owner, slow, seed=seed).details) == {"seed"}


def test_a_photo_for_a_preset_without_photo_is_named(cast, slow):
    photo = rows.make_upload(cast.owner)
    assert set(refusal(cast.owner, slow, photos=[photo]).details) == {"photos"}
    photo.refresh_from_db()
    assert photo.expires_at is not None


def test_a_photo_longer_than_the_preset_takes_is_named_with_its_file(cast, presets):
    strip = rows.make_upload(cast.owner, name="strip.png", width=4000, height=20)
    details = refusal(cast.owner, presets["cinematic"], photos=[strip]).details
    assert set(details) == {"photos"}
    assert "strip.png" in details["photos"]


def test_a_foreign_photo_is_not_found_even_among_own_ones(cast, presets):
    mine, theirs = rows.make_upload(cast.owner), rows.make_upload(cast.other, name="theirs-only.jpg")
    refused = refusal(cast.owner, presets["cinematic"], photos=[mine, theirs])
    assert (refused.code, "theirs-only" in refused.message) == ("not_found", False)
    theirs.refresh_from_db()
    assert theirs.expires_at is not None


def test_a_batch_has_a_largest_size(cast, presets, settings):
    most = settings.CONFIG.max_batch_files
    photos = [rows.make_upload(cast.owner) for _ in range(most + 1)]
    assert set(refusal(cast.owner, presets["cinematic"], photos=photos).details) == {"photos"}
    assert len(rows.submit(cast.owner, presets["cinematic"], photos=photos[:most])) == most


def test_a_preset_that_is_no_longer_offered_is_refused(cast, slow):
    slow.preset.enabled = False
    refused = refusal(cast.owner, slow)
    assert (refused.code, refused.status) == ("preset_unavailable", 409)


def test_rings_once_per_job_after_commit(cast, presets, rings, django_capture_on_commit_callbacks):
    photos = [rows.make_upload(cast.owner) for _ in range(3)]
    with django_capture_on_commit_callbacks(execute=True):
        rows.submit(cast.owner, presets["cinematic"], photos=photos)
        assert rings == []
    assert rings == [3]
