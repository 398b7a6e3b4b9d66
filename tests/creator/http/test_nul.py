r"""NUL is refused with 400 in addresses, cookies, forms and JSON, by the database that stores none: PostgreSQL."""

import json
import uuid
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from jobs.models import Job
from tests.jobs.api.conftest import program
from tests.jobs.lifecycle import rows

pytestmark = pytest.mark.django_db
NOTHING = uuid.UUID(int=7)
ADDRESSES = [
    "/jobs/?q=%00",
    "/jobs/?q=a%00b&page=2",
    "/jobs/?status=%00",
    "/jobs/?preset=cinematic%00",
    "/jobs/?batch=%00",
    "/jobs/?page=%00",
    "/jobs/?%00=1",
    "/new/?preset=%00&p-prompt=%00",
    "/home/?upload=%00",
    "/jobs/%00/",
    "/%00",
    "/files/a%00b/c.png",
    "/files/a/%00.png",
    "/static/%00.css",
    "/accounts/confirm-email/a%00b/",
    "/accounts/password/reset/key/1-a%00/",
    "/accounts/login/?next=/%00",
]
ADDRESSES_OF_PROGRAMS = [
    "jobs?status=%00",
    "jobs?preset=%00",
    "jobs?batch=%00",
    "jobs?cursor=%00",
    "jobs?limit=%00",
]


@pytest.fixture
def visitor(cast) -> Client:
    client = Client(raise_request_exception=False, headers={"Accept": "text/html"})
    client.force_login(cast.owner)
    return client


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address(visitor, presets, address):
    answers = [visitor.get(address), Client(raise_request_exception=False).get(address)]
    assert {answer.status_code for answer in answers} <= {400, 404}


@pytest.mark.parametrize("address", ADDRESSES_OF_PROGRAMS)
def test_an_address_of_a_program(cast, address):
    answer = program(cast.owner).get(f"/api/v1/{address}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "malformed_request")


def test_a_person_reads_what_to_do(visitor):
    page = visitor.get("/jobs/?q=%00")
    assert (
        page.status_code,
        "This address holds a NUL character. Leave it out and try again." in page.text,
    ) == (400, True)


@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "messages", "theme", "another"])
def test_a_cookie(name):
    client = Client(raise_request_exception=False, headers={"Cookie": f'{name}="abcdefgh\\000ijkl"'})
    assert client.get("/home/").status_code == 400


def test_a_cookie_with_an_escape_of_another_letter_is_read(cast):
    assert Client(headers={"Cookie": 'theme="\\144ark"'}).get("/").status_code == 200


FORMS = {
    "account_login": {"login": "a\0@example.org", "password": "x"},
    "account_signup": {"email": "a\0@example.org", "password1": "x", "password2": "x"},
    "account_reset_password": {"email": "a\0@example.org"},
    "account_email": {"again": "a\0@example.org"},
    "new_job": {"preset": "\0", "key": "\0", "upload": "\0", "p-prompt": "\0"},
    "theme": {"theme": "\0", "next": "/\0"},
    "upload": {"another\0field": "1"},
}


@pytest.mark.parametrize("page", FORMS)
def test_a_form(visitor, presets, page):
    url_encoded = visitor.post(
        reverse(page),
        "&".join(f"{quote(k)}={quote(v)}" for k, v in FORMS[page].items()),
        "application/x-www-form-urlencoded",
    )
    answers = [url_encoded, visitor.post(reverse(page), FORMS[page])]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert "This form holds a NUL character." in answers[0].text


BODIES = {
    "jobs": [
        {"preset": "\0"},
        {"preset": "slow", "parameters": {"seconds": "\0"}},
        {"preset": "slow", "parameters": {"\0": 1}},
        {"preset": "slow", "output_format": "\0"},
        {"preset": "slow", "upload_id": "\0"},
        {"preset": "slow", "seed": "\0"},
        {"\0": 1},
        "\0",
    ],
    "batches": [{"preset": "slow", "upload_ids": ["\0"]}, {"preset": "\0", "upload_ids": [str(NOTHING)]}],
}


@pytest.mark.parametrize(
    ("path", "body"), [(path, body) for path, bodies in BODIES.items() for body in bodies]
)
def test_a_field_of_json_is_named(cast, path, body):
    rows.make_node()
    rows.slow_preset()
    answer = program(cast.owner).post(f"/api/v1/{path}", json.dumps(body), content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_parameters")
    assert Job.objects.count() == 0


def test_the_name_of_a_photo_is_cleaned(cast):
    file = SimpleUploadedFile("a.png", b"no picture")
    file.name = "a\0b.png"
    answer = program(cast.owner).post("/api/v1/uploads", {"file": file})
    assert (answer.status_code, "\0" in answer.json()["error"]["message"]) == (422, False)
