"""Bodies without a Content-Length (`Transfer-Encoding: chunked`) are read like any other, on every door."""

import json
from urllib.parse import urlencode
from uuid import uuid4

import httpx2
import pytest
from django.test import Client
from django.urls import reverse

from accounts.api_keys import make_api_key
from jobs.models import Job, Upload
from tests.jobs.api.test_uploads import png
from tests.jobs.streaming.serving import served

pytestmark = pytest.mark.usefixtures("rings")
BOUNDARY = "a-boundary"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
FIELDS = "application/x-www-form-urlencoded"


@pytest.fixture
def server(transactional_db, settings):
    settings.STATIC_ROOT.mkdir(exist_ok=True)
    with served() as address:
        yield address


@pytest.fixture
def program(server, cast):
    """Sends JSON in chunks with the owner's key."""
    headers = {"X-API-Key": make_api_key(owner=cast.owner, name="test")[1]}
    with httpx2.Client(base_url=f"{server}/api/v1", headers=headers, trust_env=False, timeout=60) as client:

        def send(path: str, body: dict, **headers: str) -> httpx2.Response:
            return client.post(
                path,
                content=chunks(json.dumps(body).encode()),
                headers={"Content-Type": "application/json", **headers},
            )

        yield send


@pytest.fixture
def browser(server, cast):
    """Posts a form in chunks, signed in as the owner, with the form's token."""
    session = Client()
    session.force_login(cast.owner)
    cookies = {"sessionid": session.cookies["sessionid"].value, "csrftoken": "c" * 32}
    with httpx2.Client(base_url=server, cookies=cookies, trust_env=False, timeout=60) as client:

        def send(path: str, body: bytes, kind: str, **headers: str) -> httpx2.Response:
            headers = {"Content-Type": kind, "X-CSRFToken": "c" * 32, "Accept": "application/json"} | headers
            return client.post(path, content=chunks(body), headers=headers)

        yield send


def chunks(body: bytes, size: int = 700):
    """An iterator: the client cannot know its length and sends chunks."""
    return (body[at : at + size] for at in range(0, len(body), size))


def form(name: str, content: bytes, file_name: bytes = b"x.png", **fields: str) -> bytes:
    """A multipart body with one file and the fields."""
    head = b'Content-Disposition: form-data; name="%s"; filename="%s"' % (name.encode(), file_name)
    parts = [(head, content)]
    for key, value in fields.items():
        parts.append((f'Content-Disposition: form-data; name="{key}"'.encode(), value.encode()))
    lines = [b"--%s\r\n%s\r\n\r\n%s\r\n" % (BOUNDARY.encode(), *part) for part in parts]
    return b"".join(lines) + f"--{BOUNDARY}--\r\n".encode()


def test_a_job_gets_what_its_body_says(program, slow):
    assert program("/jobs", {"preset": "slow", "seed": 5, "parameters": {"seconds": 0.5}}).status_code == 202
    job = Job.objects.get()
    assert (job.seed, job.parameters["seconds"]) == (5, 0.5)


def test_vary_makes_the_seed_that_is_asked_for(program, make_job):
    old = make_job("completed", seed=5)
    assert program(f"/jobs/{old.id}/vary", {"seed": 8}).status_code == 202
    assert Job.objects.get(rerun_of=old).seed == 8


@pytest.mark.parametrize("act", ["retry", "vary", "cancel"])
def test_an_unknown_field_makes_nothing(program, make_job, act):
    job = make_job("completed")
    answer = program(f"/jobs/{job.id}/{act}", {"sead": 8})
    assert (answer.status_code, Job.objects.count()) == (422, 1)


def test_a_batch_has_every_photo(program, cast, slow):
    answer = program("/batches", {"preset": "slow", "upload_ids": [str(uuid4())]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_a_key_belongs_to_its_body(program, slow):
    answers = [
        program("/jobs", {"preset": "slow", "seed": seed}, **{"Idempotency-Key": "k"}) for seed in (5, 5, 6)
    ]
    assert [answer.status_code for answer in answers] == [202, 200, 409]
    assert Job.objects.count() == 1


def test_a_body_has_the_same_bound(program, slow):
    answer = program("/jobs", {"preset": "slow", "x": "x" * 1024 * 1024})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")


def test_a_photo_of_a_program(server, cast):
    headers = {"X-API-Key": make_api_key(owner=cast.owner, name="test")[1], "Content-Type": FORM}
    body = chunks(form("file", png()))
    answer = httpx2.post(f"{server}/api/v1/uploads", content=body, headers=headers, trust_env=False)
    assert (answer.status_code, Upload.objects.count()) == (201, 1)


def test_a_photo_of_a_page(browser):
    assert browser("/uploads/", form("file", png()), FORM).status_code == 201


def test_a_form_with_a_photo(browser, presets):
    key = str(uuid4())
    answer = browser("/new/", form("photos", png(), preset="cinematic", key=key, seed="8"), FORM)
    assert (answer.status_code, Job.objects.get().seed) == (302, 8)


def test_a_form_without_files(browser, presets):
    photo = browser("/uploads/", form("file", png()), FORM).json()["id"]
    fields = {"preset": "cinematic", "key": uuid4(), "upload": photo, "seed": 9}
    answer = browser("/new/", urlencode(fields).encode(), FIELDS)
    assert (answer.status_code, Job.objects.get().seed) == (302, 9)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "latin-1"])
@pytest.mark.parametrize("door", ["page", "form", "program"])
def test_a_name_in_another_encoding(server, browser, cast, presets, door, encoding):
    name = "Übung é.png".encode(encoding)
    if door == "page":
        browser("/uploads/", form("file", png(), name), FORM)
    elif door == "form":
        browser("/new/", form("photos", png(), name, preset="cinematic", key=str(uuid4())), FORM)
    else:
        headers = {"X-API-Key": make_api_key(owner=cast.owner, name="test")[1], "Content-Type": FORM}
        body = form("file", png(), name)
        httpx2.post(f"{server}/api/v1/uploads", content=body, headers=headers, trust_env=False)
    assert Upload.objects.get().name == "Übung é.png"


def test_a_sign_in(server, db):
    fields = urlencode({"login": "nobody@example.org", "password": "x", "csrfmiddlewaretoken": "c" * 32})
    answer = httpx2.post(
        server + reverse("account_login"),
        content=chunks(fields.encode(), 10),
        headers={"Content-Type": FIELDS},
        cookies={"csrftoken": "c" * 32},
        trust_env=False,
    )
    assert (answer.status_code, 'value="nobody@example.org"' in answer.text) == (200, True)
