"""Sends the examples of docs/api.md as they are written, and checks the error codes in its table."""

import argparse
import json
import re
import shlex
from pathlib import Path

import httpx2
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.api_keys import make_api_key
from accounts.enums import Scope
from creator.lib.errors import STATUS
from jobs.lifecycle import NewArtifact, finish_job
from jobs.models import Job, Node
from tests.e2e.documents.reading import BLOCK
from tests.jobs.api.test_uploads import png
from tests.jobs.lifecycle import rows
from tests.jobs.streaming.serving import served

PAGE = (Path(__file__).parents[3] / "docs/api.md").read_text()
EXAMPLES = "".join(
    block["text"] for block in BLOCK.finditer(PAGE) if block["kind"] == "sh" and not block["reason"]
)

PASSWORD = "a-Long-enough-phrase-1"

curl = argparse.ArgumentParser(prog="curl")
curl.add_argument("-X", default="")
curl.add_argument("-H", action="append", default=[])
curl.add_argument("-d")
curl.add_argument("-F")
curl.add_argument("-N", action="store_true")
curl.add_argument("-o")
curl.add_argument("address")


def commands(values: dict[str, str]):
    """Yield each command's arguments, with variables replaced by the values known when its turn comes."""
    for command in re.split(r"^curl ", EXAMPLES, flags=re.MULTILINE)[1:]:
        text = re.sub(r"\$([A-Z]+)", lambda name: values[name[1]], command)
        yield curl.parse_args(shlex.split(text))


def send(client: httpx2.Client, asked: argparse.Namespace) -> tuple[int, dict]:
    headers = dict(line.split(": ", 1) for line in asked.H)
    if "Prefer" in headers:
        headers["Prefer"] = "wait=1"  # no worker runs here, so no job ends
    files = {asked.F.partition("=")[0]: ("photo.png", png())} if asked.F else None
    method = asked.X or ("POST" if asked.d or files else "GET")
    request = client.build_request(method, asked.address, headers=headers, content=asked.d, files=files)
    answer = client.send(request, stream=True)
    try:
        if asked.N:
            event = next(line for line in answer.iter_lines() if line.startswith("data: "))
            return answer.status_code, json.loads(event.removeprefix("data: "))
        if asked.o:
            return answer.status_code, {"size": len(answer.read())}
        return answer.status_code, json.loads(answer.read() or "null")
    finally:
        answer.close()


@pytest.fixture
def site(transactional_db, cast, presets, settings):
    """(a client, the values of the variables in the examples)."""
    settings.STATIC_ROOT.mkdir(exist_ok=True)
    cast.owner.set_password(PASSWORD)
    cast.owner.save(update_fields=["password"])
    node = rows.make_node(classes=list(presets["cinematic"].manifest.required_classes))
    key = make_api_key(owner=cast.owner, name="examples", scopes=Scope)[1]
    photos = [rows.make_upload(cast.owner) for _ in range(2)]
    done, _ = rows.submit(cast.owner, presets["cinematic"], photos=photos)
    finish(done, node)
    with served() as address, httpx2.Client(trust_env=False, timeout=30) as client:
        person = {"EMAIL": cast.owner.email, "PASSWORD": PASSWORD}
        yield client, {"KEY": key, "SITE": address, "BATCH": str(done.batch_id), **person}


def finish(job: Job, node: Node) -> None:
    """Completes the job with a stored result."""
    key = default_storage.save(f"results/{job.id}/result.png", ContentFile(b"picture"))
    finish_job(rows.claim(job, node), [NewArtifact("result", key, "image/png", "b" * 64, 7, 90, 60)])


def test_examples_work_in_their_order(site, rings):
    client, values = site
    statuses, expected = [], []
    for asked in commands(values):
        status, body = send(client, asked)
        statuses.append((asked.address, status))
        expected.append((asked.address, status_of(asked)))
        values |= learned(asked, body)
    assert statuses == expected


def status_of(asked: argparse.Namespace) -> int:
    """What an example is answered with, by what it does."""
    method, path = asked.X or ("POST" if asked.d or asked.F else "GET"), asked.address
    if method == "POST" and path.endswith(("/uploads", "/keys")):
        return 201
    if method == "POST" and path.endswith(("/jobs", "/retry", "/vary")):
        return 202
    return 204 if method == "DELETE" else 200


def learned(asked: argparse.Namespace, body: dict) -> dict[str, str]:
    """The variables that the answer gives to the examples after it."""
    if asked.F:
        return {"UPLOAD": body["id"]}
    if asked.d and "secret" in body:
        return {"OTHER": body["key"]["id"]}
    if asked.d and "access_token" in body:
        return {"ACCESS": body["access_token"], "REFRESH": body["refresh_token"]}
    return {"JOB": body["job_id"]} if asked.d and "job_id" in body else {}


def test_codes_stand_beside_their_statuses():
    told = re.findall(r"^\| ([\d, ]+) \| (`[^|]+) \|", PAGE.partition("## Errors")[2], re.MULTILINE)
    codes = [(code, status) for status, names in told for code in re.findall(r"`(\w+)`", names)]
    assert [code for code, status in codes if str(STATUS[code]) not in status] == []
    assert STATUS.keys() - {code for code, _ in codes} == set()
