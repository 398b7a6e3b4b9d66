"""Retry, vary, variations, reuse, and cancelling a batch."""

import uuid
from functools import partial

import pytest
from django.utils import timezone

from billing.ledger import credit_account_of
from creator.lib.errors import Refused
from jobs.lifecycle import JobRequest, cancel_batch, cancel_job, finish_job, retry_job, submit_batch, vary_job
from jobs.models import Batch, Job, Preset, PresetVersion, Upload
from jobs.presets.params import MAX_SEED
from jobs.queries import jobs_of
from tests.jobs.lifecycle import rows

SAME = ("owner_id", "preset_version_id", "upload_id", "name", "parameters", "output_format", "need")


@pytest.fixture
def photo(cast) -> Upload:
    return rows.make_upload(cast.owner)


@pytest.fixture
def done(cast, presets, photo) -> Job:
    """A completed job with a photo and a seed."""
    return rows.put_into(ask(cast, presets, photo)[0], "completed")


@pytest.fixture
def failed(cast, presets, photo) -> Job:
    """A failed job with a photo and a seed."""
    return rows.put_into(ask(cast, presets, photo)[0], "failed")


def ask(cast, presets, photo, **fields) -> list[Job]:
    return rows.submit(cast.owner, presets["cinematic"], **{"photos": [photo], "seed": 7} | fields)


def refusal(call) -> str:
    """Return the refusal's code, and assert that no job was made."""
    before = Job.objects.count()
    with pytest.raises(Refused) as refused:
        call()
    assert Job.objects.count() == before
    return refused.value.code


def test_a_retry_is_the_same_once_more(failed):
    again = retry_job(job=failed)
    assert [getattr(again, name) for name in SAME] == [getattr(failed, name) for name in SAME]
    assert (again.seed, again.fingerprint) == (failed.seed, failed.fingerprint)
    assert (again.rerun_of, again.status, failed.status) == (failed, "queued", "failed")


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_what_gave_no_picture_can_be_tried_again(job, status):
    assert retry_job(job=rows.put_into(job, status)).rerun_of_id == job.id


@pytest.mark.parametrize("repeat", [retry_job, partial(vary_job, seed=7)], ids=["retry", "vary"])
def test_a_repeat_that_must_give_the_same_file_is_free(cast, done, repeat):
    before = credit_account_of(cast.owner.pk).available
    assert (repeat(job=done), Job.objects.count()) == (done, 1)
    assert credit_account_of(cast.owner.pk).available == before


@pytest.mark.parametrize("status", ["queued", "processing", "completed"])
def test_a_retry_of_what_failed_is_the_job_that_makes_it_meanwhile(failed, status):
    again = rows.put_into(retry_job(job=failed), status)
    assert retry_job(job=failed) == again


@pytest.mark.parametrize("column", ["files_purged_at", "files_expire_at"])
def test_a_picture_that_is_stored_no_more_is_made_again(done, column):
    Job.objects.filter(pk=done.pk).update(**{column: timezone.now()})
    assert retry_job(job=done).rerun_of == done


@pytest.mark.parametrize("status", ["queued", "processing"])
@pytest.mark.parametrize("repeat", [retry_job, vary_job])
def test_what_is_not_final_cannot(job, status, repeat):
    rows.put_into(job, status)
    assert refusal(lambda: repeat(job=job)) == "too_late"


def test_a_retry_keeps_its_version_and_pays_todays_price(failed):
    newer = PresetVersion.objects.create(
        preset_id="cinematic", number=99, digest="9" * 64, manifest_json={}, workflow={}
    )
    Preset.objects.filter(slug="cinematic").update(current=newer, price=9)
    again = retry_job(job=failed)
    assert (again.preset_version_id, again.need, again.price) == (failed.preset_version_id, failed.need, 9)


def test_a_preset_that_is_withdrawn_is_not_run_again(done):
    Preset.objects.filter(slug="cinematic").update(enabled=False)
    assert refusal(lambda: retry_job(job=done)) == "preset_unavailable"


def test_without_its_photo_a_job_is_not_run_again(done, photo):
    photo.delete()
    done.refresh_from_db()
    assert refusal(lambda: retry_job(job=done)) == "gone"


def test_a_photo_that_expired_is_not_taken_from_its_purger(failed, photo):
    Upload.objects.filter(pk=photo.pk).update(expires_at=timezone.now())
    assert refusal(lambda: retry_job(job=failed)) == "gone"


def test_a_retry_with_the_same_key_is_the_same_job(failed):
    key = uuid.uuid4()
    assert retry_job(job=failed, key=key) == retry_job(job=failed, key=key)
    assert Job.objects.filter(rerun_of=failed).count() == 1


@pytest.mark.parametrize("given", [None, 0, 12])
def test_to_vary_is_to_change_the_seed(done, given):
    varied = vary_job(job=done, seed=given)
    assert [getattr(varied, name) for name in SAME] == [getattr(done, name) for name in SAME]
    assert varied.seed != done.seed
    assert given is None or varied.seed == given


NO_EFFECT = [
    ("product_glow", {}, "Product Glow always makes the same picture from the same photo and settings."),
    ("cinematic", {"grain": 0}, "With Film grain at 0, every seed makes the same picture."),
]


@pytest.mark.parametrize(("slug", "parameters", "why"), NO_EFFECT)
@pytest.mark.parametrize("seed", [None, 12])
def test_what_no_seed_changes_is_not_varied(cast, presets, photo, slug, parameters, why, seed):
    job = rows.submit_one(cast.owner, presets[slug], photos=[photo], parameters=parameters)
    rows.put_into(job, "completed")
    with pytest.raises(Refused) as refused:
        vary_job(job=job, seed=seed)
    assert refused.value.code == "invalid_parameters"
    assert refused.value.message == f"{why} Change a setting instead."
    assert Job.objects.count() == 1


@pytest.mark.parametrize(("slug", "parameters", "why"), NO_EFFECT)
def test_variations_that_would_be_equal_are_refused(cast, presets, photo, slug, parameters, why):
    with pytest.raises(Refused) as refused:
        rows.submit(cast.owner, presets[slug], photos=[photo], parameters=parameters, variations=2)
    assert refused.value.details == {"variations": f"{why} Choose 1 variation."}
    assert Job.objects.count() == 0


def test_a_preset_without_a_seed_takes_none(cast, presets, photo):
    with pytest.raises(Refused) as refused:
        rows.submit(cast.owner, presets["portrait_pro"], photos=[photo], seed=5)
    assert refused.value.details == {
        "seed": "Portrait Pro always makes the same picture from the same photo and settings. Leave the seed out."
    }


@pytest.mark.parametrize(("slug", "parameters", "why"), NO_EFFECT)
def test_without_an_effect_a_seed_is_not_needed_to_reuse(cast, presets, photo, slug, parameters, why):
    request = {"photos": [photo], "parameters": parameters}
    job = rows.submit_one(cast.owner, presets[slug], **request)
    batch = submit_batch(
        JobRequest(owner=cast.owner, preset=presets[slug], reuse=True, **request), key=uuid.uuid4()
    )
    assert (list(jobs_of(batch)), Job.objects.count()) == ([job], 1)


def test_a_seed_without_an_effect_makes_no_other_picture(cast, presets, photo):
    jobs = [
        rows.submit_one(
            cast.owner, presets["cinematic"], photos=[photo], parameters={"grain": grain}, seed=seed
        )
        for grain, seed in ((0, 1), (0, 2), (0.1, 1), (0.1, 2))
    ]
    assert [job.seed for job in jobs] == [1, 2, 1, 2]
    assert len({job.fingerprint for job in jobs}) == 3


@pytest.mark.parametrize(
    ("fields", "seed"), [({"parameters": {"seed": 5}, "seed": None}, 5), ({"parameters": {"seed": 7}}, 7)]
)
def test_a_seed_among_the_parameters_is_the_seed(cast, presets, photo, fields, seed):
    (job,) = ask(cast, presets, photo, **fields)
    assert (job.seed, "seed" in job.parameters) == (seed, False)


def test_two_different_seeds_are_refused(cast, presets, photo):
    with pytest.raises(Refused) as refused:
        ask(cast, presets, photo, parameters={"seed": 8})
    assert refused.value.details == {"seed": "Give the seed once: as `seed` or among the parameters."}


@pytest.mark.parametrize("seed", [-1, MAX_SEED + 1])
def test_a_seed_out_of_bounds_is_refused(done, seed):
    assert refusal(lambda: vary_job(job=done, seed=seed)) == "invalid_parameters"


@pytest.mark.parametrize(("seed", "seeds"), [(7, [7, 8, 9]), (MAX_SEED, [MAX_SEED, 0, 1]), (0, [0, 1, 2])])
def test_variations_count_up_from_a_given_seed(cast, slow, seed, seeds):
    assert [job.seed for job in rows.submit(cast.owner, slow, seed=seed, variations=3)] == seeds


def test_variations_of_each_photo_differ(cast, presets):
    photos = [rows.make_upload(cast.owner) for _ in range(2)]
    jobs = rows.submit(cast.owner, presets["cinematic"], photos=photos, variations=8)
    assert [job.upload for job in jobs] == [photos[0]] * 8 + [photos[1]] * 8
    assert len({job.seed for job in jobs}) == 16


@pytest.mark.parametrize("variations", [0, 9, -1])
def test_only_so_many_variations(cast, slow, variations):
    assert refusal(lambda: rows.submit(cast.owner, slow, variations=variations)) == "invalid_parameters"


def reuse(cast, presets, photo, **fields) -> Batch:
    key = fields.pop("key", None) or uuid.uuid4()
    values = {"owner": cast.owner, "preset": presets["cinematic"], "photos": [photo], "seed": 7}
    return submit_batch(JobRequest(**values | fields, reuse=True), key=key)


@pytest.mark.parametrize("status", ["queued", "processing", "completed"])
def test_what_is_there_or_on_its_way_is_reused_free_of_charge(cast, presets, photo, status):
    job = rows.put_into(ask(cast, presets, photo)[0], status)
    spent = credit_account_of(cast.owner.pk).available
    batch = reuse(cast, presets, photo)
    assert (list(jobs_of(batch)), batch.jobs.count(), Job.objects.count()) == ([job], 0, 1)
    assert credit_account_of(cast.owner.pk).available == spent


def test_reuse_counts_photos_by_content_and_makes_what_is_missing(cast, presets, photo, done):
    twin, other = rows.make_upload(cast.owner, name="copy.jpg"), rows.make_upload(cast.owner, sha256="1" * 64)
    batch = reuse(cast, presets, photo, photos=[twin, other])
    assert [job.upload for job in jobs_of(batch)] == [photo, other]
    assert (jobs_of(batch).first(), batch.jobs.count()) == (done, 1)


def test_a_repeated_key_reuses_the_same(cast, presets, photo, done):
    key = uuid.uuid4()
    first, again = (reuse(cast, presets, photo, key=key) for _ in range(2))
    assert (first, list(jobs_of(again))) == (again, [done])


@pytest.mark.parametrize(
    "change",
    [
        {"files_purged_at": timezone.now()},
        {"files_expire_at": timezone.now()},
    ],
)
def test_a_picture_that_went_is_made_again(cast, presets, photo, done, change):
    Job.objects.filter(pk=done.pk).update(**change)
    assert reuse(cast, presets, photo).jobs.count() == 1


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_what_came_to_nothing_is_not_reused(cast, presets, photo, status):
    rows.put_into(ask(cast, presets, photo)[0], status)
    assert reuse(cast, presets, photo).jobs.count() == 1


@pytest.mark.parametrize("fields", [{"seed": 8}, {"parameters": {"grain": 0.5}}, {"output_format": "webp"}])
def test_another_request_is_another_job(cast, presets, photo, done, fields):
    assert reuse(cast, presets, photo, **fields).jobs.count() == 1


def test_nobody_gets_the_picture_of_somebody_else(cast, presets, photo, done):
    theirs = rows.make_upload(cast.other)
    batch = reuse(cast, presets, photo, owner=cast.other, photos=[theirs])
    assert [job.owner for job in jobs_of(batch)] == [cast.other]


def test_to_reuse_needs_a_seed(cast, presets, photo):
    with pytest.raises(Refused) as refused:
        reuse(cast, presets, photo, seed=None)
    assert set(refused.value.details) == {"seed"}


def test_a_cancelled_batch_says_what_became_of_each_job(cast, slow):
    node = rows.make_node(slots=2)
    waiting, running, finished, cancelled = rows.submit(cast.owner, slow, variations=4)
    rows.claim(running, node, 0)
    finish_job(rows.claim(finished, node, 1), [])
    cancel_job(job=cancelled)
    answers = [cancel_batch(batch=waiting.batch) for _ in range(2)]
    assert answers == [{"never_started": 2, "stopping": 1, "too_late": 1}] * 2
    assert rows.counts(cast.owner) == (0, 1)


def test_a_cancelled_batch_leaves_what_it_only_reuses(cast, presets, photo):
    job = ask(cast, presets, photo)[0]
    assert cancel_batch(batch=reuse(cast, presets, photo)) == {}
    assert Job.objects.get(pk=job.pk).status == "queued"
