"""`POST /jobs`: a preset's graph is a job like any other, and everything else is refused in the contract's words."""

import json
import random
from functools import partial

import pytest
from comfy_low.models import ErrorEnvelope
from comfy_low.models import Job as ContractJob
from comfy_low.models import JobStatus as ContractStatus

from accounts.models import User
from billing.models import Hold, Plan
from jobs.models import Job, JobLabel, Preset
from tests.jobs.api.conftest import program
from tests.jobs.api.v2.conftest import code_of, graph_of, reference
from tests.jobs.lifecycle import rows
from tests.jobs.lifecycle.threads import together

pytestmark = pytest.mark.usefixtures("rings")


def refusal_of(answer) -> dict:
    ErrorEnvelope.model_validate(answer.json())
    return answer.json()["error"]


def test_a_presets_graph_is_a_job_of_that_preset(api, send, slow, cast):
    graph = graph_of("slow")
    graph["2"]["inputs"] |= {"seconds": 2, "nonce": 77, "preview": 1.0}
    graph["9"]["inputs"]["filename_prefix"] = "my/own"
    answer = send(graph)
    job = Job.objects.get()
    assert answer.status_code == 201
    assert answer["Location"] == f"/api/v2/jobs/{job.id}"
    told = ContractJob.model_validate(answer.json())
    assert (told.id, told.status, told.outputs, told.error) == (str(job.id), ContractStatus.queued, [], None)
    assert (job.parameters, job.seed) == ({"seconds": 2.0, "preview": True}, 77)
    assert (job.owner, job.preset_version.preset_id, job.price) == (cast.owner, "slow", 3)
    assert Hold.objects.get().reference == f"job:{job.id}"


def test_a_photo_is_an_asset_of_the_caller(send, presets, cast):
    Preset.objects.update(enabled=True)
    rows.make_node("able", classes=list(presets["cinematic"].manifest.required_classes))
    photo = rows.make_upload(cast.owner)
    graph = graph_of("cinematic")
    graph["1"]["inputs"]["image"] = reference(photo.id)
    assert send(graph).status_code == 201
    assert (Job.objects.get().upload, Job.objects.get().parameters["enlarge"]) == (photo, False)


@pytest.mark.parametrize(
    "sent",
    [
        "photo.png",
        None,
        7,
        {},
        {"__type": "core/ASSET"},
        {"__type": "core/ASSET", "info": None},
        {"__type": "core/ASSET", "info": {"id": 7}},
        {"__type": "core/ASSET", "info": {"id": "../../etc/passwd"}},
        {"__type": "core/OTHER", "info": {"id": "00000000-0000-4000-8000-000000000000"}},
        reference("00000000-0000-4000-8000-000000000000"),
    ],
    ids=str,
)
def test_what_is_no_asset_of_the_caller_is_missing(send, presets, sent):
    graph = graph_of("cinematic")
    graph["1"]["inputs"]["image"] = sent
    answer = send(graph)
    assert code_of(answer) == (422, "missing_asset")
    assert refusal_of(answer)["details"]["node_errors"]["1"][0]["field"] == "image"
    assert Job.objects.count() == 0


def test_anothers_photo_is_missing_as_one_that_never_was(send, presets, cast):
    graph = graph_of("cinematic")
    told = []
    for asset in (rows.make_upload(cast.other).id, "00000000-0000-4000-8000-000000000000"):
        graph["1"]["inputs"]["image"] = reference(asset)
        error = refusal_of(send(graph))
        told.append(json.dumps(error).replace(str(asset), "…").replace(error["request_id"], "…"))
    assert told[0] == told[1]


def test_a_result_is_no_photo(send, presets, cast, make_job):
    graph = graph_of("cinematic")
    graph["1"]["inputs"]["image"] = reference(make_job("completed").id)
    assert code_of(send(graph)) == (422, "missing_asset")


def test_a_graph_that_differs_says_where(send, presets):
    graph = graph_of("cinematic")
    graph["2"]["inputs"]["upscale_method"] = "area"
    graph["500"]["class_type"] = "PythonCode"
    error = refusal_of(send(graph))
    assert error["code"] == "invalid_workflow"
    assert error["message"].startswith("This is nearly the graph of the preset Cinematic, but ")
    assert "Node 2: input upscale_method is “area”" in error["message"]
    assert error["details"]["preset"] == "cinematic"
    assert set(error["details"]["node_errors"]) == {"2", "500"}


def test_a_graph_of_no_preset_says_where_to_find_one(send, presets):
    graph = {"1": {"class_type": "RunShell", "inputs": {"command": "id"}}}
    error = refusal_of(send(graph))
    assert (error["code"], error["details"]) == ("invalid_workflow", {"node_errors": {}})
    assert "/api/v2/workflows" in error["message"]


def test_values_pass_the_presets_own_checks(send, slow):
    graph = graph_of("slow")
    graph["2"]["inputs"] |= {"seconds": 61, "nonce": -1}
    error = refusal_of(send(graph))
    assert error["code"] == "invalid_workflow"
    assert {each["field"] for each in error["details"]["node_errors"]["2"]} == {"seconds", "nonce"}
    assert "Must be between 0 and 60." in error["message"]


def test_a_workflow_of_the_editor_has_its_own_code(send, slow):
    assert code_of(send({"nodes": [], "links": [], "last_node_id": 4})) == (422, "workflow_format_ui")


def test_a_preset_that_is_not_offered_is_no_workflow(send, slow):
    Preset.objects.update(enabled=False)
    assert code_of(send(graph_of_disabled())) == (422, "invalid_workflow")


def graph_of_disabled():
    Preset.objects.update(enabled=True)
    graph = graph_of("slow")
    Preset.objects.update(enabled=False)
    return graph


def test_an_older_version_still_runs(send, slow):
    graph = graph_of("slow")
    older = slow.version
    rows.slow_preset("slow", test_class="TestSlowSteps", run_timeout_s=61)
    other = rows.slow_preset("slow", test_class="SaveImage")
    assert other.version.pk != older.pk
    assert (send(graph).status_code, Job.objects.get().preset_version_id) == (201, older.pk)


def test_of_two_presets_with_one_graph_the_file_prefix_decides(send, slow):
    twin = rows.slow_preset("twin")
    for slug in ("twin", "slow"):
        assert send(graph_of(slug)).status_code == 201
    other = graph_of("slow")
    other["9"]["inputs"]["filename_prefix"] = 7
    assert send(other).status_code == 201
    ran = list(Job.objects.order_by("created_at").values_list("preset_version__preset_id", flat=True))
    assert ran == ["twin", "slow", twin.preset.slug]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"workflow": None},
        {"workflow": []},
        {"workflow": "{}"},
        {"workflow": 7},
        {"workflow": {}, "webhook_url": "https://example.org"},
        {"workflow": {}, "inputs": {}},
        {"workflow": {}, "extra_data": {"other": 1}},
        {"workflow": {}, "extra_data": {"api_key_comfy_org": []}},
        {"workflow": {}, "metadata": []},
    ],
    ids=str,
)
def test_bodies_of_another_form_are_refused(api, slow, body):
    answer = api.post("/api/v2/jobs", body, content_type="application/json")
    assert code_of(answer) == (422, "invalid_request")
    refusal_of(answer)


@pytest.mark.parametrize("levels", [60, 64, 65, 200, 900, 990, 1000, 5000])
def test_deep_bodies_are_refused_however_deep(api, slow, levels):
    body = '{"workflow": ' + '{"1":' * levels + "1" + "}" * levels + "}"
    answer = api.post("/api/v2/jobs", body, content_type="application/json")
    assert answer.status_code in (400, 422)


def mutated(graph: dict, chance: random.Random) -> object:
    """The graph with one place replaced, removed or added."""
    junk = [
        None,
        True,
        0,
        -1,
        1.5,
        10**30,
        "",
        "x" * 3000,
        "\u202e",
        [],
        [[]],
        ["1", 0],
        {},
        {"a": {}},
        "1\x00",
    ]
    node = graph[chance.choice(list(graph))]
    kind = chance.randrange(6)
    if kind == 0:
        return chance.choice(junk)
    if kind == 1:
        graph[chance.choice([*graph, "ü", "-1", "9" * 400])] = chance.choice(junk)
    elif kind == 2:
        node[chance.choice(["class_type", "inputs", "_meta", "is_changed"])] = chance.choice(junk)
    else:
        node["inputs"][chance.choice([*node["inputs"], "other"])] = chance.choice(junk)
    return graph


def test_hundreds_of_broken_graphs_are_refused_or_run_and_nothing_breaks(api, send, presets):
    chance = random.Random(7)
    Plan.objects.update(requests_per_minute=100_000, requests_per_hour=100_000)
    graphs = {slug: json.dumps(graph_of(slug)) for slug in presets}
    codes = set()
    for _ in range(300):
        answer = send(mutated(json.loads(graphs[chance.choice(list(graphs))]), chance))
        codes.add(code_of(answer) if answer.status_code != 201 else (201, ""))
    assert codes <= {
        (201, ""),
        (422, "invalid_request"),
        (422, "invalid_workflow"),
        (422, "missing_asset"),
    }
    assert (422, "invalid_workflow") in codes


def test_one_key_is_one_job(send, slow):
    first, again = send(graph_of("slow"), key="k-1"), send(graph_of("slow"), key="k-1")
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert again["Idempotency-Replayed"] == "true"
    assert Job.objects.count() == 1


def test_a_key_with_another_graph_is_refused(send, slow):
    other = graph_of("slow")
    other["2"]["inputs"]["nonce"] = 5
    send(graph_of("slow"), key="k-1")
    assert code_of(send(other, key="k-1")) == (422, "idempotency_key_reuse")
    assert code_of(send(graph_of("slow"), key="k-1", metadata={"a": "b"})) == (422, "idempotency_key_reuse")
    assert Job.objects.count() == 1


def test_the_key_of_a_partner_is_neither_stored_nor_compared(send, slow):
    first = send(graph_of("slow"), key="k-1", extra_data={"api_key_comfy_org": "comfyui-secret"})
    again = send(graph_of("slow"), key="k-1")
    assert (first.status_code, again.json()) == (201, first.json())


@pytest.mark.django_db(transaction=True)
def test_parallel_requests_with_one_key_make_one_job(cast, slow, send):
    graph = graph_of("slow")
    clients = [program(cast.owner) for _ in range(8)]
    answers = together(*(partial(send, graph, key="k-1", client=client) for client in clients))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == Job.objects.count() == 1


def test_labels_are_kept_with_the_job(send, slow):
    answer = send(graph_of("slow"), metadata={"client": "acme", "batch": "2026-10-05"})
    assert answer.json()["metadata"] == {"client": "acme", "batch": "2026-10-05"}
    assert JobLabel.objects.count() == 2


@pytest.mark.parametrize(
    "labels",
    [
        {"": "x"},
        {"a b": "x"},
        {"k" * 41: "x"},
        {"ä": "x"},
        {"a": 7},
        {"a": None},
        {"a": "ü" * 129},
        {"a": "tab\t"},
        {"a": "\u202etxt"},
        {str(number): "x" for number in range(17)},
    ],
    ids=range(10),
)
def test_labels_have_their_bounds(send, slow, labels):
    assert code_of(send(graph_of("slow"), metadata=labels)) == (422, "metadata_invalid")
    assert (Job.objects.count(), JobLabel.objects.count()) == (0, 0)


def test_without_credits_nothing_starts(send, slow, cast):
    Plan.objects.update(features=["api_keys"])
    poor = User.objects.create_user("poor@example.org")
    Preset.objects.update(price=10**6)
    assert code_of(send(graph_of("slow"), client=program(poor))) == (402, "insufficient_credits")
    assert (Job.objects.count(), Hold.objects.count()) == (0, 0)


def test_a_full_queue_says_when_to_try_again(send, slow):
    Plan.objects.update(queued_jobs=1)
    assert send(graph_of("slow")).status_code == 201
    answer = send(graph_of("slow"))
    assert code_of(answer) == (429, "queue_full")
    assert int(answer["Retry-After"]) > 0
