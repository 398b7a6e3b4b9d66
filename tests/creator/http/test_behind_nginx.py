"""A real nginx that names another port than browsers do, and hands bodies on as they come.

tests/e2e/documents/test_production.py has the nginx of docs/production.md, which passes the port on.
"""

import json
from uuid import uuid4

import httpx2
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from accounts.api_keys import make_api_key
from creator.http.proxies import BehindProxies
from jobs.models import Job
from tests.jobs.lifecycle import rows
from tests.jobs.streaming.serving import served
from tests.services.nginx import Nginx

pytestmark = pytest.mark.services
CONTENT = """
map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}
server {{
    listen PORT;
    client_max_body_size 0;
    location / {{
        proxy_pass {site};
        proxy_http_version 1.1;
        proxy_request_buffering off;
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
    }}
}}
"""


@pytest.fixture
def address(transactional_db, static_root, tmp_path):
    """The site's address in browsers. nginx leaves the port out of the Host that it sends."""
    from creator.asgi import routes

    nginx = Nginx(tmp_path)
    public_url = f"http://localhost:{nginx.port}"
    with served(BehindProxies(routes, count=1, public_url=public_url)) as site:
        nginx.content = CONTENT.format(site=site)
        nginx.start()
        yield public_url
        nginx.kill()


def post_theme(address: str, origin: str) -> int:
    """Sends a form as a browser does from a page of `origin`."""
    form = {"theme": "dark", "next": "/", "csrfmiddlewaretoken": "c" * 32}
    answer = httpx2.post(
        f"{address}/theme/",
        data=form,
        cookies={"csrftoken": "c" * 32},
        headers={"Origin": origin},
        trust_env=False,
    )
    return answer.status_code


def open_socket(address: str, origin: str) -> int:
    """The status of a handshake for a job that does not exist."""
    with pytest.raises(InvalidStatus) as refused:
        connect(f"{address.replace('http', 'ws', 1)}/ws/jobs/{uuid4()}", origin=origin, proxy=None)
    return refused.value.response.status_code


def test_forms_and_sockets_are_taken_from_the_own_pages_only(address):
    others = [
        "http://localhost",
        "http://localhost:9",
        "http://evil.example",
        address.replace("http", "https"),
    ]
    assert (post_theme(address, address), open_socket(address, address)) == (302, 404)
    assert [post_theme(address, other) for other in others] == [403] * 4
    assert [open_socket(address, other) for other in others[:3]] == [403] * 3


def test_a_program_gets_addresses_that_work_and_its_chunks_are_read(address, cast, rings):
    rows.make_node()
    rows.slow_preset()
    headers = {
        "X-API-Key": make_api_key(owner=cast.owner, name="test")[1],
        "Content-Type": "application/json",
    }
    body = json.dumps({"preset": "slow", "seed": 8}).encode()
    chunks = (body[at : at + 5] for at in range(0, len(body), 5))
    answer = httpx2.post(f"{address}/api/v1/jobs", content=chunks, headers=headers, trust_env=False)
    job = Job.objects.get()
    assert (answer.status_code, job.seed) == (202, 8)
    assert answer.json()["status_url"] == f"{address}/api/v1/jobs/{job.id}"
    assert answer.json()["websocket_url"] == f"{address.replace('http', 'ws', 1)}/ws/jobs/{job.id}"
