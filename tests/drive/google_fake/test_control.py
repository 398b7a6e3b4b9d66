"""The fake Google as another process steers it."""

import base64
import hashlib
from typing import Any

import httpx
import pytest

from drive.google_fake import Policy, Server, World
from tests.drive.google_fake.conftest import ANN, Caller, reason


def _fake(server: Server, method: str, where: str, **row: Any) -> dict[str, Any]:
    answer = httpx.request(method, f"{server.url}/fake/{where}", json=row or None)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_files_are_put_changed_and_listed(server: Server) -> None:
    root = _fake(server, "GET", f"accounts/{ANN}")["root_id"]
    content = base64.b64encode(b"pixels").decode()
    made = _fake(server, "POST", "files", owner=ANN, name="a.png", content=content)
    _fake(server, "POST", f"files/{made['id']}", name="b.png", trashed=True)
    sha256 = hashlib.sha256(b"pixels").hexdigest()
    row = {"id": made["id"], "name": "b.png", "mime_type": "image/png", "trashed": True}
    assert _fake(server, "GET", f"folders/{root}")["files"] == [{**row, "size": 6, "sha256": sha256}]
    _fake(server, "DELETE", f"files/{made['id']}")
    assert _fake(server, "GET", f"folders/{root}")["files"] == []


def test_access_ends_and_is_revoked(server: Server, ann: Caller) -> None:
    _fake(server, "POST", "faults", status=503, path="/drive/v3/files")
    assert [ann.get("files").status_code for _ in range(2)] == [503, 200]
    _fake(server, "DELETE", f"accounts/{ANN}")
    assert ann.get("files").status_code == 401
    _fake(server, "POST", "access/expire")
    assert ann.get("files").status_code == 401


def test_the_journal_counts_calls_without_their_secrets(server: Server, ann: Caller) -> None:
    _fake(server, "DELETE", "journal")
    ann.get("files", q="trashed = true")
    ann.get("files/none")
    journal = _fake(server, "GET", "journal")
    assert journal["counts"] == {"files.list": 1, "files.get": 1}
    assert journal["calls"][1] == {
        "operation": "files.get",
        "method": "GET",
        "path": "/drive/v3/files/none",
        "status": 404,
    }


def test_pushes_and_the_person_are_told_what_to_do(server: Server) -> None:
    _fake(server, "POST", "pushes", policy="dropped")
    _fake(server, "POST", "consent", email=ANN, is_denied=True)
    assert (server.channels.policy, server.consent.is_denied) == (Policy.DROPPED, True)
    wrong = [("pushes", {"policy": "lost"}), ("faults", {"when": 1}), ("files", {"name": "a"})]
    answers = [httpx.post(f"{server.url}/fake/{path}", json=row).status_code for path, row in wrong]
    assert answers == [400, 400, 400]
    assert httpx.get(f"{server.url}/fake/none").status_code == 404


@pytest.mark.parametrize(("status", "why"), [(410, "gone"), (404, "notFound"), (400, "invalid")])
def test_old_pages_are_forgotten_and_new_ones_serve(
    server: Server, ann: Caller, world: World, status: int, why: str
) -> None:
    old = ann.get("changes/startPageToken").json()["startPageToken"]
    _fake(server, "POST", "pages/expire", status=status)
    assert reason(ann.get("changes", pageToken=old)) == (status, why)
    new = ann.get("changes/startPageToken").json()["startPageToken"]
    world.put(ANN, "a", content=b"x")
    assert len(ann.get("changes", pageToken=new).json()["changes"]) == 1
