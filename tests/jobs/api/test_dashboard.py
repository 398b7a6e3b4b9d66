"""`GET /dashboard` says what the home page shows; `GET /models` and `GET /presets/{slug}` what can be made where."""

import pytest

from tests.jobs.lifecycle import rows

pytestmark = pytest.mark.usefixtures("rings")


def test_a_job_and_a_batch_in_progress_and_a_result(api, cast, make_job, slow):
    done, waits = make_job("completed"), make_job("queued")
    batch = rows.submit(cast.owner, slow, variations=2)[0].batch
    shown = api.get("/api/v1/dashboard").json()
    assert (shown["open_jobs"], shown["parallel_jobs"] > 0, shown["quota"]) == (3, True, None)
    assert [(each["job_id"], each["batch_id"]) for each in shown["in_progress"]] == [
        (str(waits.id), None),
        (None, str(batch.id)),
    ]
    single, several = shown["in_progress"]
    assert (single["title"], single["word"], single["position"]) == (waits.name, "Queued", 1)
    assert (several["title"], several["words"].split(" · ")[0]) == ("2 pictures in Slow", "0 of 2 done")
    assert [api.get(each["status_url"]).status_code for each in (single, several)] == [200, 200]
    assert [each["id"] for each in shown["results"]] == [str(done.id)]
    assert shown["credits_available"] == api.get("/api/v1/billing").json()["credits"]["available"]


def test_an_account_without_jobs(api, cast):
    shown = api.get("/api/v1/dashboard").json()
    assert (shown["open_jobs"], shown["in_progress"], shown["results"]) == (0, [], [])


def test_its_queries_do_not_grow_with_the_jobs(api, make_job, django_assert_max_num_queries):
    for _ in range(3):
        make_job("completed")
        make_job("queued")
    api.get("/api/v1/dashboard")
    with django_assert_max_num_queries(22):
        api.get("/api/v1/dashboard")


def test_model_files(api, presets):
    rows.make_node("a", model_files=["upscale_models/x4.pth"])
    rows.make_node("b", model_files=["upscale_models/x4.pth", "vae/v.pt"])
    rows.make_node("off", model_files=["vae/never.pt"], state="off")
    listed = {each["name"]: each for each in api.get("/api/v1/models").json()["models"]}
    assert "vae/never.pt" not in listed
    assert (listed["upscale_models/x4.pth"]["nodes"], listed["vae/v.pt"]["nodes"]) == (["a", "b"], ["b"])
    for needed in presets["sdxl_portrait"].manifest.required_models:
        assert (listed[needed]["nodes"], "sdxl_portrait" in listed[needed]["presets"]) == ([], True)


def test_one_preset(api, presets):
    listed = {each["slug"]: each for each in api.get("/api/v1/presets").json()["presets"]}
    assert api.get("/api/v1/presets/cinematic").json() == listed["cinematic"]
    assert api.get("/api/v1/presets/none").json()["error"]["code"] == "not_found"
