"""`POST /jobs`: accepted at once with the job's addresses, or refused with every faulty field named."""

import json
import uuid

import pytest

from jobs.enums import NodeState
from jobs.models import Batch, Job, Node, Preset, Upload
from tests.jobs.lifecycle import rows

pytestmark = pytest.mark.usefixtures("rings")


def post(api, body, **headers):
    return api.post("/api/v1/jobs", body, content_type="application/json", headers=headers)


def refused(answer) -> tuple[int, str, set[str]]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], set(error["details"])


def test_a_job_is_taken_with_where_to_look(api, slow, cast):
    answer = post(api, {"preset": "slow"})
    job = Job.objects.get()
    at = f"http://testserver/api/v1/jobs/{job.id}"
    assert (answer.status_code, answer["Location"]) == (202, at)
    assert answer.json() == {
        "job_id": str(job.id),
        "status": "queued",
        "status_url": at,
        "websocket_url": f"ws://testserver/ws/jobs/{job.id}",
        "events_url": f"{at}/events",
    }
    assert (job.owner, job.status, job.output_format) == (cast.owner, "queued", "png")
    assert answer["Cache-Control"] == "private, no-store"


def test_a_site_behind_tls_names_secure_addresses(api, slow):
    body = api.post("/api/v1/jobs", {"preset": "slow"}, content_type="application/json", secure=True).json()
    assert [body[name].split(":")[0] for name in ("status_url", "websocket_url")] == ["https", "wss"]


def test_everything_that_is_said_is_kept(api, slow):
    body = {"preset": "slow", "parameters": {"seconds": 0.25}, "seed": 2**53 - 1, "output_format": "webp"}
    assert post(api, body).status_code == 202
    job = Job.objects.get()
    assert (job.parameters, job.seed, job.output_format) == (
        {"seconds": 0.25, "preview": False},
        2**53 - 1,
        "webp",
    )


def test_a_photo_is_used_and_kept_for_the_job(api, cast, presets):
    photo = rows.make_upload(cast.owner)
    rows.make_node(classes=list(presets["cinematic"].manifest.required_classes))
    answer = post(api, {"preset": "cinematic", "upload_id": str(photo.id)})
    photo.refresh_from_db()
    assert (answer.status_code, Job.objects.get().upload, photo.expires_at) == (202, photo, None)


def test_variations_are_a_batch_of_jobs(api, slow):
    answer = post(api, {"preset": "slow", "variations": 3, "seed": 5})
    batch = Batch.objects.get()
    at = f"http://testserver/api/v1/batches/{batch.id}"
    assert (answer.status_code, answer["Location"], set(answer.json())) == (
        202,
        at,
        {"batch_id", "status_url", "events_url", "jobs"},
    )
    assert [Job.objects.get(pk=each["job_id"]).seed for each in answer.json()["jobs"]] == [5, 6, 7]


def test_one_variation_is_a_batch_of_one(api, slow):
    assert len(post(api, {"preset": "slow", "variations": 1}).json()["jobs"]) == 1


def test_reuse_answers_with_the_job_that_is_there(api, slow):
    body = {"preset": "slow", "seed": 5, "reuse": True}
    first, second = post(api, body).json(), post(api, body).json()
    assert (first, Job.objects.count()) == (second, 1)
    assert post(api, body | {"seed": 6}).json()["job_id"] != first["job_id"]


FAULTS = [
    ({}, {"preset"}),
    ({"preset": "slow", "sead": 5, "params": {}}, {"sead", "params"}),
    ({"preset": "slow", "seed": -1}, {"seed"}),
    ({"preset": "slow", "seed": 2**53}, {"seed"}),
    ({"preset": "slow", "seed": True}, {"seed"}),
    ({"preset": "slow", "seed": 1.5}, {"seed"}),
    ({"preset": "slow", "parameters": [1]}, {"parameters"}),
    ({"preset": "slow", "parameters": {"seconds": 99, "preview": "x", "graph": {}}}, {"seconds", "preview", "graph"}),
    ({"preset": "slow", "variations": 0}, {"variations"}),
    ({"preset": "slow", "variations": 10**6}, {"variations"}),
    ({"preset": "slow", "output_format": "gif"}, {"output_format"}),
    ({"preset": "slow", "reuse": True}, {"seed"}),
    ({"preset": "slow", "reuse": "perhaps"}, {"reuse"}),
    ({"preset": "slow", "upload_id": "../etc"}, {"upload_id"}),
    ({"preset": ["slow"], "seed": "x", "variations": {}}, {"preset", "seed", "variations"}),
    ({"preset": "a\0b"}, {"preset"}),
    ([], {"body"}),
    ("slow", {"body"}),
]  # fmt: skip


@pytest.mark.parametrize(("body", "fields"), FAULTS, ids=[json.dumps(body)[:60] for body, _ in FAULTS])
def test_every_fault_is_named(api, slow, body, fields):
    answer = post(api, json.dumps(body))
    assert refused(answer) == (422, "invalid_parameters", fields)
    assert (Job.objects.count(), Batch.objects.count()) == (0, 0)


def test_a_photo_where_none_is_taken_and_none_where_one_is_needed(api, cast, slow, presets):
    rows.make_node("able", classes=list(presets["cinematic"].manifest.required_classes))
    photo = str(rows.make_upload(cast.owner).id)
    for body in ({"preset": "slow", "upload_id": photo}, {"preset": "cinematic"}):
        assert refused(post(api, body)) == (422, "invalid_parameters", {"upload_id"})


def test_somebody_elses_photo_is_as_unknown_as_none(api, cast, presets):
    rows.make_node(classes=list(presets["cinematic"].manifest.required_classes))
    ids = [rows.make_upload(cast.other).id, uuid.uuid4()]
    answers = [post(api, {"preset": "cinematic", "upload_id": str(each)}) for each in ids]
    errors = [answer.json()["error"] | {"request_id": ""} for answer in answers]
    assert (errors[0], refused(answers[0])) == (errors[1], (404, "not_found", {"upload_id"}))
    assert Upload.objects.filter(expires_at=None).count() == 0


def test_a_job_that_no_node_can_run_now_is_taken_and_waits(api, slow, node):
    Node.objects.filter(pk=node.pk).update(state=NodeState.DRAINING)
    answer = post(api, {"preset": "slow"})
    shown = api.get(answer["Location"]).json()
    assert (answer.status_code, shown["status"], shown["why"]) == (202, "queued", "No node can run this yet.")


def test_a_preset_that_is_not_offered_or_that_no_node_can_run(api, slow, presets):
    Preset.objects.filter(slug="slow").update(enabled=False)
    for slug in ("slow", "text_to_image", "no_such", "../slow"):
        assert refused(post(api, {"preset": slug})) == (409, "preset_unavailable", {"preset"})
    assert Job.objects.count() == 0
