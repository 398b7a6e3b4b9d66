"""`POST /batches`: one request for many photos, accepted as a whole or not at all."""

import uuid
from dataclasses import replace

import pytest

from jobs.models import Batch, Job
from tests.jobs.lifecycle import rows

pytestmark = pytest.mark.usefixtures("rings")


@pytest.fixture
def photos(cast, presets):
    rows.make_node(classes=list(presets["cinematic"].manifest.required_classes))
    return [str(rows.make_upload(cast.owner, name=f"{n}.jpg", sha256=f"{n}" * 64).id) for n in range(3)]


def post(api, photos, **fields):
    headers = fields.pop("headers", {})
    body = {"preset": "cinematic", "upload_ids": photos} | fields
    return api.post("/api/v1/batches", body, content_type="application/json", headers=headers)


def test_each_photo_is_a_job_in_the_order_sent(api, photos):
    answer = post(api, photos[::-1], seed=5, output_format="webp")
    batch = Batch.objects.get()
    at = f"http://testserver/api/v1/batches/{batch.id}"
    assert (answer.status_code, answer["Location"], answer.json()["batch_id"]) == (202, at, str(batch.id))
    jobs = [Job.objects.get(pk=each["job_id"]) for each in answer.json()["jobs"]]
    assert [(str(job.upload_id), job.seed, job.output_format) for job in jobs] == [
        (photo, 5, "webp") for photo in photos[::-1]
    ]
    assert [job["name"] for job in api.get(at).json()["jobs"]] == ["2.jpg", "1.jpg", "0.jpg"]


def test_variations_are_of_each_photo(api, photos):
    assert len(post(api, photos, variations=2).json()["jobs"]) == 6


def test_a_photo_named_twice_is_one(api, photos):
    assert len(post(api, [photos[0], photos[0]]).json()["jobs"]) == 1


def test_one_photo_that_is_not_there_stops_all(api, cast, photos):
    for missing in (str(uuid.uuid4()), str(rows.make_upload(cast.other).id)):
        error = post(api, [*photos, missing]).json()["error"]
        assert (error["code"], error["details"]) == (
            "not_found",
            {"upload_ids": f"There is no photo {missing}."},
        )
    assert (Batch.objects.count(), Job.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"upload_ids": []}, {"upload_ids"}),
        ({"upload_ids": "x"}, {"upload_ids"}),
        ({"upload_ids": ["x"]}, {"upload_ids"}),
        ({"upload_ids": [str(uuid.UUID(int=1))] * 101}, {"upload_ids"}),
        ({"upload_id": str(uuid.UUID(int=1))}, {"upload_id"}),
        ({"variations": 9}, {"variations"}),
    ],
)
def test_what_is_wrong_is_named(api, photos, fields, names):
    answer = post(api, photos, **fields)
    assert (answer.status_code, set(answer.json()["error"]["details"])) == (422, names)
    assert Job.objects.count() == 0


def test_more_photos_than_the_plan_takes_are_refused_by_their_field(api, photos, settings):

    settings.CONFIG = replace(settings.CONFIG, max_batch_files=2)
    answer = post(api, photos)
    assert (answer.status_code, answer.json()["error"]["details"]) == (
        422,
        {
            "upload_ids": "Send at most 2 photos at a time: the Studio plan takes no more. "
            "No plan allows more."
        },
    )


def test_sent_again_with_its_key_it_is_the_same(api, photos):
    key = {"Idempotency-Key": "once"}
    answers = [post(api, each, headers=key) for each in (photos, photos, photos[:1])]
    assert [answer.status_code for answer in answers] == [202, 200, 409]
    assert (answers[0].json(), Job.objects.count()) == (answers[1].json(), 3)
