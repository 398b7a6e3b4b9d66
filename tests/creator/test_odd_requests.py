"""2,000 odd requests to every address, by the site's own server: none is a fault of ours, and the server lives on.

It runs on the database of the test run, so on SQLite and on PostgreSQL.
"""

import json
import resource
import socket
from collections import Counter
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client

from accounts.api_keys import make_api_key
from billing.models import Plan
from tests.creator.every_url import every_url, examples_of
from tests.creator.odd_requests import odd_requests
from tests.jobs.execution.running import eventually
from tests.jobs.lifecycle import rows
from tests.jobs.streaming.serving import served

pytestmark = pytest.mark.django_db(transaction=True)
SEED, PARTS, PER_PART = "20261128", 4, 500
KIB_PER_MIB = 1024
PATIENCE_S = 60  # only a failing test waits this long


@pytest.fixture
def world(cast, presets, settings):
    """Addresses of the owner's job, and four who ask for them. No limit hides what comes after it."""
    settings.ACCOUNT_RATE_LIMITS = False
    settings.CONFIG = replace(settings.CONFIG, tries_per_address=30_000)
    counted = [
        each.name for each in Plan._meta.fields if each.name.endswith(("_per_hour", "_per_minute", "_jobs"))
    ]
    Plan.objects.update(**dict.fromkeys(counted, 30_000))
    job = rows.submit_one(cast.owner, rows.slow_preset())
    csrf = b"csrftoken=" + b"c" * 32
    signed_in = Client()
    signed_in.force_login(cast.owner)
    session = csrf + b"; sessionid=" + signed_in.cookies["sessionid"].value.encode()
    form = ("X-CSRFToken", b"c" * 32)
    doors = {
        "nobody": [("Cookie", csrf), form],
        "stranger's program": [("X-API-Key", make_api_key(owner=cast.stranger, name="odd")[1].encode())],
        "program": [("X-API-Key", make_api_key(owner=cast.owner, name="odd")[1].encode())],
        "person": [("Cookie", session), form],
    }
    return every_url(examples_of(job)), doors, signed_in


def ask(address: str, raw: bytes) -> tuple[int, bytes]:
    """Sends these bytes; returns the status and what follows the headers, as far as it came with them."""
    with socket.create_connection((urlsplit(address).hostname, urlsplit(address).port), PATIENCE_S) as way:
        try:
            way.sendall(raw)
        except OSError:
            pass  # the server has answered and closed before it heard all
        answer = way.makefile("rb")
        status = int(answer.readline().split()[1])
        length = 0
        while (line := answer.readline()).strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return status, answer.read(length) if not raw.startswith(b"HEAD") else b""


def held_connections() -> int:
    """How many connections of the pool are in use. Without a pool there are none to run out of."""
    if connection.vendor != "postgresql":
        return 0
    now = connection.pool.get_stats()
    return now["pool_size"] - now["pool_available"]


def is_of_the_api(raw: bytes) -> bool:
    """Whether the request is for an address of the API; its documentation is pages."""
    return b" /api/" in raw[:20] and b" /api/docs" not in raw[:20]


def is_envelope(body: bytes) -> bool:
    try:
        return {"code", "message", "details", "request_id"} == json.loads(body)["error"].keys()
    except (ValueError, KeyError, TypeError):
        return False


@pytest.mark.parametrize("part", range(PARTS))
def test_no_request_breaks_the_site(world, part):
    addresses, doors, signed_in = world
    statuses, broken = Counter(), []
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    connection.close()
    with served() as site:
        for each in odd_requests(addresses, doors, count=PER_PART, seed=f"{SEED} {part}"):
            status, body = ask(site, each.raw)
            statuses[status] += 1
            if (status >= 500 and b'"service_unavailable"' not in body) or b"Traceback" in body:
                broken.append((status, each.raw[:600]))
            if status >= 400 and is_of_the_api(each.raw) and body and not is_envelope(body):
                broken.append((status, each.raw[:600], body[:200]))
        assert ask(site, b"GET /health HTTP/1.1\r\nHost: testserver\r\nConnection: close\r\n\r\n")[0] == 200
        eventually(lambda: held_connections() == 0)
    assert broken == []
    assert len(statuses) >= 8, f"most requests end at the same door: {statuses}"
    assert signed_in.get("/home/").status_code == 200
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * KIB_PER_MIB
