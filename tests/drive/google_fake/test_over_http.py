"""The fake Google over HTTP: tokens, files and changes."""

import base64
import hashlib
from collections.abc import Iterator

import httpx
import pytest

from drive.google_fake import Server, World
from drive.google_fake.api import OPENED, READ
from drive.google_fake.oauth import LIFETIME_S
from drive.google_fake.world import FOLDER

ANN = "ann@example.com"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def server(world: World) -> Iterator[Server]:
    server = Server(world)
    server.start()
    yield server
    server.stop()


def _tokens(server: Server, *scopes: str) -> dict[str, str]:
    code = server.oauth.approve(ANN, frozenset(scopes))
    form = {"grant_type": "authorization_code", "code": code}
    return dict(httpx.post(f"{server.url}/token", data=form).json())


def _get(server: Server, token: str, path: str, **query: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{server.url}/drive/v3/{path}", params=query, headers=headers)


def test_a_code_is_good_once_and_only_with_its_verifier(server: Server) -> None:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"right").digest()).rstrip(b"=").decode()
    answers = []
    for verifier in ("wrong", "right"):
        code = server.oauth.approve(ANN, frozenset({READ}), challenge=challenge)
        form = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
        answers += [httpx.post(f"{server.url}/token", data=form).status_code for _ in range(2)]
    assert answers == [400, 400, 200, 400]


def test_access_expires_by_the_clock_and_is_refreshed_until_revoked(server: Server, world: World) -> None:
    tokens = _tokens(server, READ)
    assert _get(server, tokens["access_token"], "files").status_code == 200
    world.advance(LIFETIME_S)
    assert _get(server, tokens["access_token"], "files").status_code == 401
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    fresh = httpx.post(f"{server.url}/token", data=form).json()["access_token"]
    assert _get(server, fresh, "files").status_code == 200
    httpx.post(f"{server.url}/revoke", data={"token": tokens["refresh_token"]})
    assert _get(server, fresh, "files").status_code == 401
    assert httpx.post(f"{server.url}/token", data=form).json() == {"error": "invalid_grant"}


def test_files_are_found_by_folder_and_name_in_pages(server: Server, world: World) -> None:
    token = _tokens(server, READ)["access_token"]
    names = ["it's", "b", "c"]
    folder = world.put(ANN, "folder", mime_type=FOLDER).id
    for name in names:
        world.put(ANN, name, parent=folder, content=b"x")
    world.change(world.put(ANN, "gone", parent=folder).id, trashed=True)
    q = f"'{folder}' in parents and trashed = false"
    first = _get(server, token, "files", q=q, pageSize="2").json()
    rest = _get(server, token, "files", q=q, pageSize="2", pageToken=first["nextPageToken"]).json()
    assert [each["name"] for each in first["files"] + rest["files"]] == names
    assert "nextPageToken" not in rest
    assert len(_get(server, token, "files", q=r"name = 'it\'s'").json()["files"]) == 1
    assert _get(server, token, "files", q="size > 3").status_code == 400


def test_content_comes_back_and_a_native_document_has_none(server: Server, world: World) -> None:
    token = _tokens(server, READ)["access_token"]
    photo = world.put(ANN, "photo", content=b"pixels")
    document = world.put(ANN, "text", mime_type="application/vnd.google-apps.document")
    assert _get(server, token, f"files/{photo.id}", alt="media").content == b"pixels"
    shown = _get(server, token, f"files/{photo.id}", fields="*").json()
    assert shown["sha256Checksum"] == hashlib.sha256(b"pixels").hexdigest()
    refused = _get(server, token, f"files/{document.id}", alt="media")
    assert (refused.status_code, refused.json()["error"]["errors"][0]["reason"]) == (
        403,
        "fileNotDownloadable",
    )


def test_the_narrow_scope_shows_only_files_that_were_opened(server: Server, world: World) -> None:
    token = _tokens(server, OPENED)["access_token"]
    hidden = world.put(ANN, "hidden", content=b"x")
    opened = world.put(ANN, "opened", content=b"x", is_opened=True)
    world.put("bob@example.com", "another's", content=b"x", is_opened=True)
    assert [each["id"] for each in _get(server, token, "files").json()["files"]] == [opened.id]
    assert _get(server, token, f"files/{hidden.id}").status_code == 404
    assert _get(server, _tokens(server, "openid")["access_token"], "files").status_code == 403


def test_changes_follow_from_a_start_token(server: Server, world: World) -> None:
    token = _tokens(server, READ)["access_token"]
    world.put(ANN, "before", content=b"x")
    start = _get(server, token, "changes/startPageToken").json()["startPageToken"]
    kept, removed = (world.put(ANN, name, content=b"x") for name in ("kept", "removed"))
    world.remove(removed.id)
    first = _get(server, token, "changes", pageToken=start, pageSize="1").json()
    rest = _get(server, token, "changes", pageToken=first["nextPageToken"]).json()
    assert [each["fileId"] for each in first["changes"]] == [kept.id]
    assert rest["changes"][-1]["fileId"] == removed.id
    assert rest["changes"][-1]["removed"]
    assert _get(server, token, "changes", pageToken=rest["newStartPageToken"]).json()["changes"] == []
    assert _get(server, token, "changes", pageToken="99").status_code == 400
