"""comfy-sdk, unchanged, against the running product: its own quick start, ours as printed, and what else it offers."""

from __future__ import annotations

import asyncio
import importlib.metadata
import io
import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from comfy_sdk import (
    AsyncComfy,
    Comfy,
    IdempotencyKeyReuse,
    InvalidWorkflow,
    MissingAsset,
    NotFound,
    OutputReady,
    Progress,
    StatusChange,
    Unauthorized,
)
from PIL import Image

from tests.e2e.documents.reading import commands, files
from tests.e2e.product.serving import ROOT

pytestmark = pytest.mark.services
PAGE = (ROOT / "docs/comfy-api.md").read_text()
PHOTO = ROOT / "tests/golden/photos/chelsea.jpg"


@pytest.fixture(scope="module")
def key(product, visitor) -> str:
    told = product.manage("create_api_key", "someone@example.org", "--name", "sdk", "--days", "2")
    return re.search(r"creator_\w+", told)[0]


@pytest.fixture
def folder(tmp_path):
    """Where a reader of the quick start works: with a photo and, once it is fetched, a graph."""
    shutil.copy(PHOTO, tmp_path / "photo.jpg")
    with Image.open(PHOTO) as photo:
        photo.save(tmp_path / "photo.png")
    return tmp_path


@pytest.fixture
def run(product, key, folder):
    """Runs a command or a script as a reader does, and returns what it prints."""
    environment = os.environ | {
        "SITE": product.url,
        "KEY": key,
        "COMFY_BASE_URL": product.url,
        "COMFY_API_KEY": key,
        "NO_PROXY": "127.0.0.1",
    }

    def call(*command: str) -> str:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    return call


@pytest.fixture
def client(product, key, monkeypatch):
    monkeypatch.setenv("COMFY_BASE_URL", product.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Comfy(api_key=key) as comfy:
        yield comfy


@pytest.fixture
def graph(run):
    def fetch(slug: str):
        return json.loads(
            run("sh", "-c", f'curl -sf -H "Authorization: Bearer $KEY" $SITE/api/v2/workflows/{slug}')
        )

    return fetch


def test_our_page_as_it_is_printed(run, folder):
    for each in commands(PAGE):
        run("sh", "-c", each.text)
    (script,) = files(PAGE, "python")
    run(sys.executable, "-c", script)
    with Image.open(folder / "result.png") as result, Image.open(PHOTO) as photo:
        assert (result.format, result.size) == ("PNG", photo.size)


def test_the_quick_start_of_its_readme(run, folder, key, graph):
    """The script of comfy-sdk's README, with our key in place of `comfyui-...` and our node's id in place of its `10`."""
    readme = importlib.metadata.metadata("comfy-sdk").get_payload()
    script = re.search(r"## Getting started\n+```python\n(.*?)```", readme, re.DOTALL)[1]
    values = {'"comfyui-..."': f'"{key}"', '"10"': '"1"'}
    assert all(script.count(value) == 1 for value in values)
    for theirs, ours in values.items():
        script = script.replace(theirs, ours)
    (folder / "workflow_api.json").write_text(json.dumps(graph("cinematic")))
    run(sys.executable, "-c", script)
    with Image.open(folder / "photo-cinematic.png") as result:
        result.verify()


def test_events_lead_from_the_queue_to_the_picture(client, graph):
    workflow = client.workflows.from_json(graph("cinematic"))
    workflow.set_input("1", "image", client.assets.from_file(PHOTO))
    workflow.set_input("801", "seed", 7001)
    job = client.submit(workflow)
    told = list(job.events())
    statuses = [each.status for each in told if isinstance(each, StatusChange)]
    assert statuses[-1] == "succeeded"
    assert all(0 <= each.value <= 1 for each in told if isinstance(each, Progress))
    (picture,) = [each.output for each in told if isinstance(each, OutputReady)]
    assert Image.open(io.BytesIO(picture.to_bytes())).format == "PNG"
    assert job.result().get_outputs("9")[0].id == picture.id
    assert picture.get_download_url().url.startswith("http://127.0.0.1")


def test_a_photo_is_sent_once(client):
    first, again = client.assets.from_file(PHOTO), client.assets.from_file(PHOTO)
    assert first.commit() == again.commit()
    assert again.created_new is False
    assert client.assets.get(first.id).hash == again.hash
    again.delete()
    with pytest.raises(NotFound):
        client.assets.get(first.id)


def test_jobs_are_listed_by_label_cancelled_and_run_again(client, graph):
    workflow = client.workflows.from_json(graph("cinematic"))
    workflow.set_input("1", "image", client.assets.from_file(PHOTO))
    labels = {"client": "acme"}
    jobs = []
    for seed in range(3):
        workflow.set_input("801", "seed", 9000 + seed)
        jobs.append(client.submit(workflow, metadata=labels))
    assert jobs[-1].cancel().wait(timeout=60).status in ("canceled", "succeeded")
    assert [each.id for each in client.list_jobs(metadata=labels, limit=2)] == [job.id for job in jobs[::-1]]
    ran = client.jobs.get(jobs[0].id)
    assert (ran.metadata, ran.result().status) == (labels, "succeeded")
    again = client.run(client.workflows.from_json(ran.get_workflow().graph))
    assert again.outputs[0].to_bytes() == ran.outputs[0].to_bytes()


def test_a_key_is_one_job(client, graph):
    workflow = client.workflows.from_json(graph("cinematic"))
    workflow.set_input("1", "image", client.assets.from_file(PHOTO))
    one, again = (client.submit(workflow, idempotency_key="once") for _ in range(2))
    assert one.id == again.id
    workflow.set_input("801", "seed", 5)
    with pytest.raises(IdempotencyKeyReuse):
        client.submit(workflow, idempotency_key="once")
    one.result()


def test_refusals_are_its_own_exceptions(client, graph, product):
    workflow = client.workflows.from_json(graph("cinematic"))
    with pytest.raises(MissingAsset, match="reference to an asset"):
        client.submit(workflow)
    workflow.set_input("2", "upscale_method", "area")
    with pytest.raises(InvalidWorkflow, match="Node 2: input upscale_method") as refused:
        client.submit(workflow)
    assert set(refused.value.details["node_errors"]) == {"2"}
    with pytest.raises(NotFound):
        client.jobs.get("00000000-0000-4000-8000-000000000000")
    with Comfy(api_key="no key of ours") as stranger, pytest.raises(Unauthorized):
        stranger.assets.from_bytes(b"x", filename="x.png").commit()


def test_its_asynchronous_client_makes_a_picture_too(client, graph, key):
    async def make() -> bytes:
        async with AsyncComfy(api_key=key) as comfy:
            workflow = comfy.workflows.from_json(graph("cinematic"))
            workflow.set_input("1", "image", comfy.assets.from_file(PHOTO))
            workflow.set_input("801", "seed", 11)
            job = await comfy.run(workflow)
            return await job.outputs[0].to_bytes(range=(0, 7))

    assert asyncio.run(make())[:8] == b"\x89PNG\r\n\x1a\n"
