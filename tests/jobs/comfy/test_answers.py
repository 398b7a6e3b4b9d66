import json

from jobs.comfy import Interrupted, NodeInfo, OutOfMemory, OutputFile, Started, parse_text
from jobs.comfy.answers import read_capabilities, read_history, read_info, read_job
from tests.jobs.comfy.recordings import GOLDEN, http_answers


def object_info(name):
    return json.loads((GOLDEN / "protocol" / name).read_text())


def both_views(scenario):
    """Read the same ended prompt from `/api/jobs/{id}` and from its `/history` row."""
    (job,) = [
        answer["body"] for answer in http_answers(scenario, "/api/jobs/") if "status" in answer["body"]
    ][:1]
    rows = [answer["body"] for answer in http_answers(scenario, "/history/")]
    (row,) = [body[job["id"]] for body in rows if job["id"] in body][:1]
    return read_job(job), read_history(row)


def seen(state):
    return (state.status, dict(state.outputs), type(state.error), state.started_at_ms)


def test_both_views_agree_on_a_failed_prompt():
    job, row = both_views("08")
    assert seen(job) == seen(row) == ("failed", {}, OutOfMemory, 1795228594968)


def test_both_views_agree_on_a_cancelled_prompt():
    job, row = both_views("05")
    assert seen(job) == seen(row) == ("cancelled", {}, Interrupted, 1795228593831)
    assert job.ended_at_ms == row.ended_at_ms == 1795228594434


def test_both_views_agree_on_a_completed_prompt():
    job, row = both_views("01")
    assert seen(job) == seen(row)
    assert (job.status, len(job.outputs), job.ended_at_ms) == ("completed", len(row.outputs), row.ended_at_ms)


def test_files_of_a_history_row():
    row = http_answers("10", "/history/")[0]["body"]
    (state,) = map(read_history, row.values())
    assert state.outputs == {"2": (OutputFile("out_00001_.png", "protocol/5bc6563c", "output"),)}


def test_a_job_in_progress_is_running():
    assert read_job({"status": "in_progress", "execution_start_time": None}).status == "running"


def test_nonsense_reads_as_absent():
    assert read_job({}).outputs == {}
    assert (
        read_history(
            {"status": {"messages": [1, ["x"]]}, "outputs": {"1": {"text": ["a"], "images": [{}]}}}
        ).outputs
        == {}
    )


def test_info_of_the_recorded_server():
    body = http_answers("15", "/system_stats")[0]["body"]
    assert read_info(body) == NodeInfo("0.28.0", "cpu", 25276510208, body["devices"][0]["vram_free"], True)
    assert read_info({}) == NodeInfo("unknown", "unknown", None, None, False)


def test_classes_and_models():
    body = object_info("object_info_needs_models.json")
    body["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"][0] = ["sdxl.safetensors"]
    body["UpscaleModelLoader"]["input"]["required"]["model_name"][1]["options"] = ["4x.pth"]
    offered = read_capabilities(body)
    assert offered.classes == set(body)
    assert offered.models == {"sdxl.safetensors", "4x.pth"}


def test_uploaded_pictures_are_no_models():
    assert read_capabilities(object_info("object_info.json")).models == frozenset()


def test_a_number_that_is_none_reads_as_absent():
    """Python's JSON parser accepts Infinity and NaN; such a value must not break a node check or a node's stream."""
    odd = json.loads('{"devices": [{"vram_total": Infinity, "vram_free": NaN}]}')
    assert (read_info(odd).vram_total, read_info(odd).vram_free) == (None, None)
    started = '{"type": "execution_start", "data": {"prompt_id": "p", "timestamp": 1e999}}'
    assert parse_text(started) == Started("p", None)
