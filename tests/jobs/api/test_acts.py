"""Cancelling reports what it achieved; retry and vary make new jobs."""

import pytest

from billing.ledger import credit_account_of
from jobs.enums import JobStatus
from jobs.models import Job
from tests.jobs.lifecycle import rows

pytestmark = pytest.mark.usefixtures("rings")


def cancel(api, job) -> tuple[int, dict]:
    answer = api.generic("POST", f"/api/v1/jobs/{job.id}/cancel")
    return answer.status_code, answer.json()


def test_a_queued_job_never_starts_however_often_it_is_asked(api, make_job):
    job = make_job()
    achieved = (200, {"job_id": str(job.id), "status": "cancelled", "result": "never_started"})
    assert [cancel(api, job) for _ in range(2)] == [achieved, achieved]


def test_a_running_job_is_being_stopped(api, make_job):
    job = make_job("processing")
    achieved = (200, {"job_id": str(job.id), "status": "processing", "result": "stopping"})
    assert [cancel(api, job) for _ in range(2)] == [achieved, achieved]
    assert api.get(f"/api/v1/jobs/{job.id}").json()["cancelling"] is True


@pytest.mark.parametrize("status", ["completed", "failed"])
def test_an_ended_job_is_too_late(api, make_job, status):
    code, body = cancel(api, make_job(status))
    assert (code, body["error"]["code"], body["error"]["details"]) == (409, "too_late", {"status": status})


def test_a_batch_is_cancelled_at_once(api, cast, slow, node):
    jobs = rows.submit(cast.owner, slow, variations=3)
    rows.claim(jobs[0], node)
    answer = api.generic("POST", f"/api/v1/batches/{jobs[0].batch_id}/cancel")
    results = {"never_started": 2, "stopping": 1, "too_late": 0}
    assert (answer.status_code, answer.json()) == (
        200,
        {"batch_id": str(jobs[0].batch_id), "results": results},
    )


@pytest.mark.parametrize("act", ["retry", "vary"])
def test_without_its_photo_a_job_is_not_made_again(api, cast, presets, node, act):
    photo = rows.make_upload(cast.owner)
    node.classes = [*node.classes, *presets["cinematic"].manifest.required_classes]
    node.save(update_fields=["classes"])
    job = rows.submit_one(cast.owner, presets["cinematic"], photos=[photo])
    cancel(api, job)
    photo.delete()
    answer = api.generic("POST", f"/api/v1/jobs/{job.id}/{act}")
    assert (answer.status_code, answer.json()["error"]["code"], Job.objects.count()) == (410, "gone", 1)


@pytest.mark.parametrize(
    ("act", "status", "same_seed"), [("retry", "failed", True), ("vary", "completed", False)]
)
def test_an_ended_job_is_made_again_as_a_new_one(api, make_job, act, status, same_seed):
    old = make_job(status, parameters={"seconds": 0.5}, seed=5)
    answer = api.generic("POST", f"/api/v1/jobs/{old.id}/{act}")
    new = Job.objects.exclude(pk=old.pk).get()
    assert (answer.status_code, answer.json()["job_id"], answer.json()["status"]) == (
        202,
        str(new.id),
        "queued",
    )
    assert answer["Location"] == f"http://testserver/api/v1/jobs/{new.id}"
    assert (new.rerun_of, new.parameters, new.seed == 5) == (old, old.parameters, same_seed)
    assert api.get(f"/api/v1/jobs/{new.id}").json()["rerun_of"] == str(old.id)


@pytest.mark.parametrize("act", ["retry", "vary"])
@pytest.mark.parametrize("status", [JobStatus.QUEUED, JobStatus.PROCESSING])
def test_an_open_job_is_not_made_again(api, make_job, act, status):
    job = make_job(status)
    answer = api.generic("POST", f"/api/v1/jobs/{job.id}/{act}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "too_late")
    assert Job.objects.count() == 1


@pytest.mark.parametrize("act", ["retry", "vary"])
def test_a_repeat_that_is_sent_twice_is_made_once(api, make_job, act):
    path = f"/api/v1/jobs/{make_job('failed').id}/{act}"
    answers = [api.generic("POST", path, headers={"Idempotency-Key": "once"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 200]
    assert (answers[0].json(), Job.objects.count()) == (answers[1].json(), 2)


def balance(cast):
    account = credit_account_of(cast.owner.pk)
    return account.available, account.reserved, account.spent


@pytest.mark.parametrize(("act", "body"), [("retry", None), ("vary", {"seed": 5})])
def test_a_repeat_that_must_give_the_same_file_is_that_job_free_of_charge(api, cast, make_job, act, body):
    old, before = make_job("completed", seed=5), balance(cast)
    answer = api.post(f"/api/v1/jobs/{old.id}/{act}", body, content_type="application/json")
    assert (answer.status_code, answer.json()["job_id"], answer.json()["status"]) == (
        202,
        str(old.id),
        "completed",
    )
    assert (Job.objects.count(), balance(cast)) == (1, before)


def test_what_no_seed_changes_is_not_varied(api, cast, presets, node):
    node.classes = [*node.classes, *presets["product_glow"].manifest.required_classes]
    node.save(update_fields=["classes"])
    job = rows.submit_one(cast.owner, presets["product_glow"], photos=[rows.make_upload(cast.owner)])
    rows.put_into(job, "completed")
    before = balance(cast)
    for body in (None, {"seed": 8}):
        answer = vary(api, job, body)
        assert (answer.status_code, answer.json()["error"]["message"]) == (
            422,
            "Product Glow always makes the same picture from the same photo and settings. "
            "Change a setting instead.",
        )
    assert (Job.objects.count(), balance(cast)) == (1, before)


def vary(api, job, body, **headers):
    return api.post(f"/api/v1/jobs/{job.id}/vary", body, content_type="application/json", headers=headers)


def test_vary_takes_the_seed_that_is_asked_for(api, make_job):
    old = make_job("completed", seed=5)
    assert vary(api, old, {"seed": 9}).status_code == 202
    assert Job.objects.get(rerun_of=old).seed == 9


@pytest.mark.parametrize("body", [{"seed": -1}, {"seed": 2**53}, {"seed": "x"}, {"sead": 1}])
def test_a_seed_that_is_none_makes_nothing(api, make_job, body):
    answer = vary(api, make_job("completed"), body)
    assert (answer.status_code, set(answer.json()["error"]["details"])) == (422, set(body))
    assert Job.objects.count() == 1


def test_another_seed_under_the_same_key_is_another_request(api, make_job):
    old = make_job("completed")
    answers = [vary(api, old, {"seed": seed}, **{"Idempotency-Key": "once"}) for seed in (7, 7, 8)]
    assert [answer.status_code for answer in answers] == [202, 200, 409]
