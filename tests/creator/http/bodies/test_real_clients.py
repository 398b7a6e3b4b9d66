"""Refusals reach real clients, directly and through a real nginx that passes bodies on or collects them first."""

import json
import shutil
import subprocess
from dataclasses import replace

import httpx2
import pytest

from accounts.api_keys import make_api_key
from creator.http.bodies.terms import MIB
from tests.jobs.streaming.serving import served
from tests.services.nginx import Nginx

pytestmark = pytest.mark.services
CONTENT = """
server {{
    listen PORT;
    client_max_body_size 0;
    location / {{
        proxy_pass {site};
        proxy_http_version 1.1;
        proxy_request_buffering {buffering};
        proxy_set_header Host $http_host;
    }}
}}
"""
PHOTO_MIB = 12


@pytest.fixture(params=["direct", "nginx, bodies passed on", "nginx, bodies collected"])
def address(request, transactional_db, static_root, tmp_path, settings):
    settings.CONFIG = replace(settings.CONFIG, max_upload_mib=PHOTO_MIB)
    with served() as site:
        if request.param == "direct":
            yield site
            return
        nginx = Nginx(tmp_path)
        buffering = "on" if "collected" in request.param else "off"
        nginx.content = CONTENT.format(site=site, buffering=buffering)
        nginx.start()
        yield f"http://localhost:{nginx.port}"
        nginx.kill()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "photo.jpg"
    with path.open("wb") as photo:
        photo.truncate((PHOTO_MIB + 5) * MIB)
    return path


def by_curl(url, key, file, *options):
    """Reads the answer while it sends; asks first whether it may send (`Expect: 100-continue`) unless told not to."""
    curl = shutil.which("curl")
    assert curl, "curl is not installed. On Debian: apt-get install curl"
    command = [
        curl,
        "-sS",
        "-H",
        f"X-API-Key: {key}",
        "-w",
        "\n%{http_code}",
        *options,
        "-F",
        f"file=@{file}",
        url,
    ]
    body, _, status = subprocess.run(command, capture_output=True, check=True, text=True).stdout.rpartition(
        "\n"
    )
    return int(status), json.loads(body)["error"]["code"]


def by_eager_curl(url, key, file):
    return by_curl(url, key, file, "-H", "Expect:")


def by_chunks(url, key, file):
    return by_curl(url, key, file, "-H", "Transfer-Encoding: chunked", "-H", "Expect:")


def by_httpx(url, key, file):
    """Reads no answer before it has sent everything."""
    with file.open("rb") as photo:
        answer = httpx2.post(
            url, files={"file": photo}, headers={"X-API-Key": key}, trust_env=False, timeout=60
        )
    return answer.status_code, answer.json()["error"]["code"]


CLIENTS = [by_curl, by_eager_curl, by_chunks, by_httpx]


@pytest.mark.parametrize("client", CLIENTS)
def test_a_photo_that_is_too_large(address, cast, file, client):
    _, key = make_api_key(owner=cast.owner, name="test")
    assert client(f"{address}/api/v1/uploads", key, file) == (413, "body_too_large")


@pytest.mark.parametrize("client", CLIENTS)
def test_a_key_that_does_not_work(address, file, client):
    assert client(f"{address}/api/v1/uploads", "creator_no", file) == (401, "not_authenticated")


@pytest.mark.parametrize("client", CLIENTS)
def test_a_full_disk(address, cast, settings, file, client):
    settings.CONFIG = replace(settings.CONFIG, keep_free_mib=10**9, max_upload_mib=40)
    _, key = make_api_key(owner=cast.owner, name="test")
    assert client(f"{address}/api/v1/uploads", key, file) == (503, "service_unavailable")
