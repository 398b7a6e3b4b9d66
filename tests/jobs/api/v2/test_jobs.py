"""Jobs as the contract draws them: each status, the list with its labels, cancel, workflow and logs."""

import pytest
from comfy_low.models import Job as ContractJob
from comfy_low.models import JobWorkflowResponse

from jobs.models import Job
from tests.jobs.api.v2.conftest import JOBS, code_of, graph_of
from tests.jobs.lifecycle import rows

pytestmark = pytest.mark.usefixtures("rings")


def get(api, job) -> ContractJob:
    answer = api.get(f"{JOBS}/{job.id}")
    assert answer.status_code == 200
    return ContractJob.model_validate(answer.json())


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("queued", "queued"),
        ("processing", "queued"),
        ("completed", "succeeded"),
        ("failed", "failed"),
        ("cancelled", "canceled"),
    ],
)
def test_each_status_has_its_name(api, make_job, ours, theirs):
    job = get(api, make_job(ours))
    assert job.status.value == theirs
    assert (job.completed_at is not None) == (theirs in ("succeeded", "failed", "canceled"))
    assert job.urls.self == f"{JOBS}/{job.id}"


def test_a_job_that_its_node_runs_has_progress(api, make_job):
    job = make_job("processing")
    Job.objects.update(stage="running", started_at=job.created_at)
    job.progress.percent, job.progress.stage_title, job.progress.step, job.progress.steps = (
        42,
        "Waiting",
        3,
        100,
    )
    job.progress.save()
    told = get(api, job)
    assert told.status.value == "running"
    assert told.progress.model_dump() == {
        "value": 0.42,
        "nodes_done": 1,
        "nodes_total": 3,
        "current_node": "2",
        "current_node_class": "TestSlowSteps",
        "step": 3,
        "steps": 100,
        "message": "Waiting",
    }
    assert told.metrics["queue_ms"] == 0


def test_a_finished_job_has_its_picture_at_the_output_node(api, make_job):
    job = make_job("completed")
    told = get(api, job)
    (output,) = told.outputs
    assert (output.node_id, output.name, output.type.value) == ("9", job.result_name, "image")
    assert (output.id, output.job_id, output.size_bytes) == (str(job.id), str(job.id), 2048)
    assert str(output.url).startswith("http://testserver/files/")
    assert (told.progress.value, told.expires_at) == (1.0, job.files_expire_at)


def test_a_failed_job_says_why_and_shows_nothing_of_the_server(api, make_job):
    error = get(api, make_job("failed")).error
    assert (error.code, error.traceback) == ("timeout", None)
    assert error.message.endswith(".")


def test_a_cancel_answers_with_the_job_also_the_second_time(api, make_job):
    job = make_job()
    answers = [api.generic("POST", f"{JOBS}/{job.id}/cancel") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [ContractJob.model_validate(answer.json()).status.value for answer in answers] == ["canceled"] * 2


def test_a_job_that_runs_is_canceling_until_its_holder_has_stopped(api, make_job):
    job = make_job("processing")
    assert api.generic("POST", f"{JOBS}/{job.id}/cancel").json()["status"] == "canceling"
    assert get(api, job).status.value == "canceling"


def test_a_cancel_that_comes_too_late_changes_nothing(api, make_job):
    answer = api.generic("POST", f"{JOBS}/{make_job('completed').id}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")


def test_the_workflow_of_a_job_can_be_sent_again(api, send, slow):
    graph = graph_of("slow")
    graph["2"]["inputs"] |= {"seconds": 1.5, "nonce": 9}
    first = send(graph).json()
    told = JobWorkflowResponse.model_validate(api.get(f"{JOBS}/{first['id']}/workflow").json())
    assert (told.format.value, told.workflow["2"]["inputs"]["seconds"]) == ("api", 1.5)
    send(told.workflow)
    one, other = Job.objects.all()
    assert one.fingerprint == other.fingerprint


def test_the_workflow_names_the_photo_as_an_asset(api, presets, cast):
    photo = rows.make_upload(cast.owner)
    rows.make_node("able", classes=list(presets["cinematic"].manifest.required_classes))
    job = rows.submit_one(cast.owner, presets["cinematic"], photos=[photo])
    workflow = api.get(f"{JOBS}/{job.id}/workflow").json()["workflow"]
    assert workflow["1"]["inputs"]["image"]["info"]["id"] == str(photo.id)
    assert workflow["2"]["inputs"]["largest_size"] == 16384
    photo.delete()
    assert api.get(f"{JOBS}/{job.id}/workflow").json()["workflow"]["1"]["inputs"]["image"] == "photo.png"


def test_logs_are_not_kept(api, make_job):
    answer = api.get(f"{JOBS}/{make_job().id}/logs")
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("part", ["", "/workflow", "/logs", "/events"])
def test_anothers_job_is_not_there(stranger, make_job, part, transactional_db):
    assert code_of(stranger.get(f"{JOBS}/{make_job().id}{part}")) == (404, "not_found")


def test_the_list_has_the_newest_first_in_pages(api, make_job):
    made = [make_job() for _ in range(5)]
    seen, query = [], {"limit": 2}
    while True:
        page = api.get(JOBS, query).json()
        seen += [line["id"] for line in page["jobs"]]
        if "next_cursor" not in page:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == [str(job.id) for job in reversed(made)]
    assert set(page["jobs"][0]) == {"id", "status", "create_time", "update_time", "metadata"}


def test_the_list_takes_a_constant_number_of_statements(api, send, slow, django_assert_max_num_queries):
    for _ in range(6):
        send(graph_of("slow"), metadata={"a": "b"})
    with django_assert_max_num_queries(5):
        assert len(api.get(JOBS).json()["jobs"]) == 6


def test_a_job_takes_few_statements(api, make_job, django_assert_max_num_queries):
    for status, most in {"queued": 9, "completed": 6}.items():  # three find the place in the queue
        job = make_job(status)
        get(api, job)  # what is remembered for seconds has been read
        with django_assert_max_num_queries(most):
            get(api, job)


def test_jobs_are_found_by_their_labels(api, send, slow):
    graph = graph_of("slow")
    one = send(graph, metadata={"client": "acme", "run": "7"}).json()["id"]
    other = send(graph, metadata={"client": "acme", "run": "8"}).json()["id"]
    send(graph)

    def found(**labels):
        page = api.get(JOBS, {f"metadata[{key}]": value for key, value in labels.items()}).json()
        return [line["id"] for line in page["jobs"]]

    assert found(client="acme") == [other, one]
    assert found(client="acme", run="7") == [one]
    assert found(client="acm") == found(run="9") == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"metadata[a b]": "x"}, "invalid_metadata_filter"),
        ({"metadata[]": "x"}, "invalid_metadata_filter"),
        ({"metadata[a]": "x\t"}, "invalid_metadata_filter"),
        ({f"metadata[{key}]": "x" for key in "abcd"}, "invalid_metadata_filter"),
        ({"cursor": "none of ours"}, "invalid_cursor"),
        ({"limit": "0"}, "invalid_request"),
        ({"limit": "101"}, "invalid_request"),
        ({"status": "queued"}, "invalid_request"),
        ({"metadata": "x"}, "invalid_request"),
    ],
)
def test_queries_of_another_form_are_refused(api, query, code):
    assert code_of(api.get(JOBS, query)) == (422, code)
