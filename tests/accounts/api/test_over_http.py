"""A program over real connections: refreshes at the same time, a stream that ends with its sign-in, an upload."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from tests.accounts.api.conftest import EMAIL, PASSWORD, bearer
from tests.jobs.api.test_uploads import png
from tests.jobs.lifecycle import rows
from tests.jobs.streaming.serving import served

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("rings")]
MANY = 20
AUTH = "/api/v1/auth"


@pytest.fixture
def site(person, settings):
    settings.STATIC_ROOT.mkdir(exist_ok=True)
    with served() as address, httpx2.Client(base_url=address, trust_env=False, timeout=60) as client:
        yield client


@pytest.fixture
def tokens(site) -> dict:
    return site.post(f"{AUTH}/login", json={"email": EMAIL, "password": PASSWORD}).json()


def test_of_twenty_parallel_refreshes_one_succeeds_and_the_person_stays_signed_in(site, tokens):
    def refresh(_: int) -> httpx2.Response:
        return httpx2.post(
            f"{site.base_url}{AUTH}/refresh",
            json={"refresh_token": tokens["refresh_token"]},
            trust_env=False,
            timeout=60,
        )

    with ThreadPoolExecutor(MANY) as pool:
        answers = list(pool.map(refresh, range(MANY)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: MANY - 1}
    (won,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert site.get(f"{AUTH}/me", headers=bearer(won)).status_code == 200
    assert site.post(f"{AUTH}/refresh", json={"refresh_token": won["refresh_token"]}).status_code == 200


def test_signing_out_ends_an_open_stream_within_five_seconds(site, tokens, person):
    job = rows.submit_one(person, rows.slow_preset())
    headers = bearer(tokens) | {"Accept": "text/event-stream"}
    with site.stream("GET", f"/api/v1/jobs/{job.id}/events", headers=headers) as stream:
        lines = stream.iter_lines()
        assert next(line for line in lines if line.startswith("event: ")) == "event: snapshot"
        began = time.monotonic()
        assert site.post(f"{AUTH}/logout", json={}, headers=bearer(tokens)).status_code == 200
        assert [line for line in lines if line.startswith("event: ")] == []
        assert time.monotonic() - began < 5


def test_a_photo_is_taken_with_a_token_and_with_cookies(site, tokens):
    def upload(**headers: str) -> int:
        return site.post("/api/v1/uploads", files={"file": ("a.png", png())}, headers=headers).status_code

    assert upload(**bearer(tokens)) == 201
    body = {"email": EMAIL, "password": PASSWORD, "cookies": True}
    csrf = site.post(f"{AUTH}/login", json=body).json()["csrf_token"]
    assert [upload(), upload(**{"X-CSRFToken": csrf})] == [403, 201]
    site.post(f"{AUTH}/logout", json={"all": True}, headers={"X-CSRFToken": csrf})
    assert upload(**bearer(tokens)) == 401
