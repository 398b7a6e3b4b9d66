"""No browser and no proxy stores an answer, whoever asks for which address: a page names the person it is for.

What programs poll has an ETag, and a program may keep it to ask whether it is still the same; a proxy may not.
"""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from accounts.api_keys import make_api_key
from creator.http.file_links import file_link
from tests.creator.every_url import every_url, examples_of
from tests.jobs.lifecycle import rows

pytestmark = pytest.mark.django_db(transaction=True)
DOCUMENT = "/api/v1/openapi.json"
"""Equal for everybody."""
POLLED = ("/api/v1/jobs", "/api/v1/jobs/<uuid:job_id>", "/api/v1/batches/<uuid:batch_id>", "/api/v1/presets")
ASKED = [
    ("GET", "text/html"),
    ("GET", "application/json"),
    ("HEAD", "*/*"),
    ("POST", "text/html"),
    ("PUT", "*/*"),
]


@pytest.fixture
def addresses(cast):
    job = rows.submit_one(cast.owner, rows.slow_preset())
    beside = {
        "unknown": "/nothing/here",
        "unknown below the API": "/api/v1/nothing",
        "without a slash": "/jobs",
    }
    return every_url(examples_of(job)) | beside


@pytest.fixture(params=["nobody", "owner", "other", "staff", "program"])
def asker(request, cast):
    """A browser of that person. The program has a key of the owner."""
    client = Client()
    if request.param == "program":
        client.defaults["HTTP_X_API_KEY"] = make_api_key(owner=cast.owner, name="test")[1]
    elif request.param != "nobody":
        client.force_login(getattr(cast, request.param))
    return client


def test_no_answer_is_stored(request, asker, addresses):
    stored = {}
    for route, address in addresses.items():
        for method, accept in ASKED:
            if "logout" not in route or method != "POST":  # the rest would be asked for by nobody
                answer = asker.generic(method, address, headers={"Accept": accept})
                if "no-store" not in answer.get("Cache-Control", ""):
                    stored[method, route] = answer.status_code, answer.get("Cache-Control")
    may_be = {DOCUMENT: "public, max-age=300"}
    if request.node.callspec.params["asker"] == "program":
        may_be |= dict.fromkeys(POLLED, "private, no-cache")
    assert stored == {
        (method, route): (200, kept) for route, kept in may_be.items() for method in ("GET", "HEAD")
    }


def test_signing_out_is_not_stored(client, cast):
    client.force_login(cast.owner)
    assert "no-store" in client.post("/accounts/logout/")["Cache-Control"]


@pytest.mark.parametrize("inline", [True, False])
def test_browsers_keep_the_pictures_of_pages_and_no_downloads(client, inline):
    key = default_storage.save("results/test/kept.png", ContentFile(b"picture"))
    answer = client.get(file_link(key, name="kept.png", inline=inline))
    default_storage.delete(key)
    kept = "private, max-age=3600, immutable" if inline else "private, no-store"
    assert (answer.status_code, answer["Cache-Control"]) == (200, kept)
