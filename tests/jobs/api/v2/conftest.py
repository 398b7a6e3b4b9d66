"""Graphs as programs send them, and the models of the contract, as comfy-sdk has them."""

from collections.abc import Callable
from typing import Any

import pytest

from jobs.catalogue import get_offered
from jobs.presets.recognition import starting_graph

JOBS, ASSETS = "/api/v2/jobs", "/api/v2/assets"
CODES = tuple[int, str]


def graph_of(slug: str) -> dict[str, Any]:
    offered = get_offered(slug)
    return starting_graph(offered.manifest, offered.version.workflow)


def reference(asset_id: object) -> dict[str, Any]:
    return {"__type": "core/ASSET", "info": {"id": str(asset_id), "hash": "blake3:1", "file_path": "x.png"}}


def code_of(answer) -> CODES:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
def send(api) -> Callable[..., Any]:
    """Sends a graph. `key` is the Idempotency-Key; further fields go beside `workflow`."""

    def post(workflow: object, *, key: str = "", client=api, **fields: object):
        headers = {"Idempotency-Key": key} if key else {}
        return client.post(
            JOBS, {"workflow": workflow} | fields, content_type="application/json", headers=headers
        )

    return post
