"""A program gets no answer, the product is killed and starts again: a repeated request makes nothing twice."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.e2e.product.serving import PATIENCE_S, ROOT, Product, serving
from tests.e2e.product.visitor import Visitor
from tests.services.process import wait_until

pytestmark = pytest.mark.services
EMAIL = "program@example.org"
PHOTOS = ROOT / "static/presets/cinematic"
ROWS = ("jobs_job", "jobs_batch", "billing_hold", "jobs_upload", "accounts_apikey")


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    with serving(tmp_path) as served:
        Visitor(served.url, EMAIL).close()
        served.endow(EMAIL)
        yield served


def request_of(product: Product, path: str, key: str = "", **sent: Any) -> httpx2.Request:
    """A POST as `httpx2` would send it; `sent`: `json` or `files`."""
    headers = {"Idempotency-Key": key} if key else {}
    return httpx2.Request("POST", f"{product.url}/api/v1/{path}", headers=headers, **sent)


def asked(secret: str, request: httpx2.Request) -> httpx2.Response:
    request.headers["X-API-Key"] = secret
    with httpx2.Client(trust_env=False, timeout=PATIENCE_S) as client:
        return client.send(request)


def lose_answer(product: Product, secret: str, request: httpx2.Request) -> None:
    """Sends the request, and hangs up once it has been served, without reading its answer."""
    served = "SELECT count(*) FROM platform_idempotencykey WHERE status IS NOT NULL"
    before = product.rows(served)
    connection = HTTPConnection(request.url.host, request.url.port)
    headers = dict(request.headers) | {"X-API-Key": secret}
    connection.request("POST", request.url.path, body=request.read(), headers=headers)
    wait_until(lambda: product.rows(served) != before, f"{request.url} is not served", PATIENCE_S)
    connection.close()


def photo(name: str) -> dict[str, tuple[str, bytes, str]]:
    return {"file": ("photo.webp", (PHOTOS / name).read_bytes(), "image/webp")}


def counted(product: Product) -> dict[str, int]:
    return {table: product.rows(f"SELECT count(*) FROM {table}")[0][0] for table in ROWS}


def test_after_a_lost_answer_and_a_kill_a_repeat_makes_nothing_twice(product: Product) -> None:
    scopes = ("jobs:read", "jobs:write", "account:write")
    secret = product.manage("create_api_key", EMAIL, *(f"--scope={each}" for each in scopes)).split()[-1]
    photo_id = asked(secret, request_of(product, "uploads", files=photo("before.webp"))).json()["id"]
    job = {"preset": "cinematic", "upload_id": photo_id, "seed": 7}
    many = {"preset": "cinematic", "upload_ids": [photo_id], "seed": 8}
    key = {"name": "night", "scopes": ["jobs:read"]}
    sent: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "jobs": ({"json": job}, {"json": job | {"seed": 9}}),
        "batches": ({"json": many}, {"json": many | {"seed": 9}}),
        "keys": ({"json": key}, {"json": key | {"name": "day"}}),
        "uploads": ({"files": photo("before.webp")}, {"files": photo("after.webp")}),
    }
    for path, (first, _) in sent.items():
        lose_answer(product, secret, request_of(product, path, f"{path}-1", **first))
    made = counted(product)
    assert made == dict(zip(ROWS, (2, 2, 2, 2, 2), strict=True))

    os.kill(product.pid, signal.SIGKILL)
    product.start()
    for path, (first, other) in sent.items():
        answers = [
            asked(secret, request_of(product, path, f"{path}-1", **body)) for body in (first, first, other)
        ]
        assert [each.headers.get("Idempotency-Replayed") for each in answers] == ["true", "true", None]
        assert (answers[0].is_success, answers[0].content) == (True, answers[1].content)
        assert (answers[2].status_code, answers[2].json()["error"]["code"]) == (409, "idempotency_conflict")
    assert counted(product) == made
