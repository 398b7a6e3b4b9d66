"""Files that are made and changed through the fake Google."""

import httpx
import pytest

from drive.google_fake import Fault, Server, World
from drive.google_fake.api import OPENED, READ
from drive.google_fake.world import FOLDER, SHORTCUT
from tests.drive.google_fake.conftest import ANN, Caller, as_caller, reason


def test_a_file_is_made_under_a_reserved_id_once(ann: Caller) -> None:
    (reserved,) = ann.get("files/generateIds", count="1").json()["ids"]
    answers = [ann.send("POST", "files", json={"id": reserved, "name": "a"}) for _ in range(2)]
    assert answers[0].json() == {
        "kind": "drive#file",
        "id": reserved,
        "name": "a",
        "mimeType": "application/octet-stream",
    }
    assert reason(answers[1]) == (409, "fileIdInUse")


def test_a_file_comes_in_one_request_of_two_parts(ann: Caller, world: World) -> None:
    body = (
        b'--cut\r\nContent-Type: application/json\r\n\r\n{"name": "a.png"}\r\n'
        b"--cut\r\nContent-Type: image/png\r\n\r\n\x89pixels\r\n\r\n--cut--"
    )
    headers = {"Content-Type": "multipart/related; boundary=cut"}
    params = {"uploadType": "multipart"}
    made = ann.send("POST", "files", upload=True, headers=headers, content=body, params=params).json()
    file = world.files[made["id"]]
    assert (file.name, file.mime_type, file.content) == ("a.png", "image/png", b"\x89pixels\r\n")


def test_a_file_is_renamed_moved_and_trashed(ann: Caller, world: World) -> None:
    made = ann.send("POST", "files", json={"name": "a"}).json()["id"]
    root, folder = world.account(ANN).root_id, world.put(ANN, "In", mime_type=FOLDER).id
    path, fields = f"files/{made}", "name,parents,trashed,version"
    assert ann.get(path, fields=fields).json()["parents"] == [root]
    moved = {"addParents": folder, "removeParents": "root", "fields": fields}
    assert reason(ann.send("PATCH", path, params={"addParents": folder})) == (403, "cannotAddParent")
    after = ann.send("PATCH", path, params={**moved, "removeParents": root}, json={"name": "b"}).json()
    assert (after["name"], after["parents"], after["version"]) == ("b", [folder], "2")
    assert ann.send("PATCH", path, json={"trashed": True}, params={"fields": "trashed"}).json() == {
        "trashed": True
    }


def test_what_the_app_did_not_make_is_not_written(ann: Caller, world: World) -> None:
    theirs = world.put(ANN, "theirs", content=b"x").id
    assert reason(ann.send("PATCH", f"files/{theirs}", json={})) == (403, "appNotAuthorizedToFile")
    assert ann.send("POST", "files", json={"name": "a", "parents": ["no such"]}).status_code == 404
    folder = world.put("bob@example.com", "shared", mime_type=FOLDER)
    world.share(folder.id, ANN)
    refused = ann.send("POST", "files", json={"name": "a", "parents": [folder.id]})
    assert reason(refused) == (403, "insufficientParentPermissions")
    assert reason(ann.send("POST", "files", json={"size": "1"})) == (403, "fieldNotWritable")


def test_only_opened_folders_take_files_when_the_world_says_so(ann: Caller, world: World) -> None:
    world.writes_only_to_opened = True
    statuses = []
    for is_opened in (False, True):
        folder = world.put(ANN, "Out", mime_type=FOLDER, is_opened=is_opened).id
        statuses.append(ann.send("POST", "files", json={"parents": [folder]}).status_code)
    assert statuses == [403, 200]


def test_a_full_account_takes_no_more_bytes(ann: Caller, world: World) -> None:
    world.account(ANN).quota = 3
    world.put(ANN, "a", content=b"xx")
    answers = [
        ann.send("POST", "files", upload=True, content=content, params={"uploadType": "media"})
        for content in (b"xx", b"x")
    ]
    assert reason(answers[0]) == (403, "storageQuotaExceeded")
    assert answers[1].status_code == 200


def test_work_may_be_done_although_the_answer_is_an_error(ann: Caller, server: Server, world: World) -> None:
    server.faults.add(Fault(500, method="POST", path="/drive/v3/files", is_after=True))
    server.faults.add(Fault(429, "rateLimitExceeded", path="/drive/v3/files", retry_after_s=7))
    server.faults.add(Fault(0, path="/drive/v3/about"))
    assert ann.send("POST", "files", json={"id": "mine", "name": "a"}).status_code == 500
    assert world.files["mine"].name == "a"
    limited = ann.get("files")
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "7")
    with pytest.raises(httpx.RemoteProtocolError):
        ann.get("about", fields="user")
    assert ann.get("about", fields="user/emailAddress").json() == {"user": {"emailAddress": ANN}}


def test_a_range_of_the_content_comes(ann: Caller, world: World) -> None:
    photo = world.put(ANN, "photo", content=b"pixels").id
    asked = [("bytes=2-", b"xels"), ("bytes=0-1", b"pi")]
    for header, content in asked:
        got = ann.send("GET", f"files/{photo}", params={"alt": "media"}, headers={"Range": header})
        assert (got.status_code, got.content) == (206, content)
    past = ann.send("GET", f"files/{photo}", params={"alt": "media"}, headers={"Range": "bytes=6-"})
    assert past.status_code == 416


def test_what_has_no_content_says_so(ann: Caller, world: World) -> None:
    half = world.put(ANN, "half.png")
    shortcut = world.put(ANN, "to half", target=half.id)
    fields = "size,md5Checksum,headRevisionId,shortcutDetails,mimeType"
    assert ann.get(f"files/{half.id}", fields=fields).json() == {"mimeType": "image/png"}
    assert ann.get(f"files/{shortcut.id}", fields=fields).json() == {
        "mimeType": SHORTCUT,
        "shortcutDetails": {"targetId": half.id, "targetMimeType": "image/png"},
    }
    world.write(half.id, b"whole")
    assert set(ann.get(f"files/{half.id}", fields=fields).json()) == set(fields.split(",")) - {
        "shortcutDetails"
    }


def test_a_shared_drive_is_seen_only_by_those_who_ask_for_it(
    server: Server, ann: Caller, world: World
) -> None:
    drive = world.drive("Studio", {ANN})
    file = world.put(ANN, "a", parent=drive.id, content=b"x")
    both = {"supportsAllDrives": "true", "includeItemsFromAllDrives": "true"}
    assert ann.get("drives").json()["drives"] == [{"kind": "drive#drive", "id": drive.id, "name": "Studio"}]
    assert ann.get(f"files/{file.id}").status_code == 404
    assert ann.get(f"files/{file.id}", supportsAllDrives="true", fields="driveId").json() == {
        "driveId": drive.id
    }
    assert ann.get("files").json()["files"] == []
    assert len(ann.get("files", **both, corpora="drive", driveId=drive.id).json()["files"]) == 1
    start = ann.get("changes/startPageToken", driveId=drive.id, supportsAllDrives="true").json()
    assert start["startPageToken"] == "2"
    assert as_caller(server, OPENED).get("drives").status_code == 403
    assert as_caller(server, READ, email="bob@example.com").get("drives").json()["drives"] == []


def test_unknown_parameters_and_fields_out_of_shape_are_refused(ann: Caller) -> None:
    assert reason(ann.get("files", size="3")) == (400, "invalidParameter")
    assert [
        ann.get("files", fields=each).status_code for each in ("files(id", "id,,", "files(id))", "a/")
    ] == [400] * 4


def test_searches_know_or_brackets_and_the_topmost_folder(ann: Caller, world: World) -> None:
    folder = world.put(ANN, "In", mime_type=FOLDER)
    world.put(ANN, "to In", target=folder.id)
    world.put(ANN, "a.png", content=b"x")
    either = (
        f"mimeType = '{FOLDER}' or (mimeType = '{SHORTCUT}' and shortcutDetails.targetMimeType = '{FOLDER}')"
    )
    found = ann.get("files", q=f"'root' in parents and ({either}) and trashed = false").json()["files"]
    assert [each["name"] for each in found] == ["In", "to In"]
    assert ann.get("files", q="'no such' in parents").status_code == 404
    assert ann.get("files", q="(trashed = false").status_code == 400


def test_a_removed_file_is_told_only_to_those_who_saw_it(server: Server, ann: Caller, world: World) -> None:
    narrow = as_caller(server, OPENED)
    for is_opened in (False, True):
        world.remove(world.put(ANN, "a", content=b"x", is_opened=is_opened).id)
    told = [len(each.get("changes", pageToken="1").json()["changes"]) for each in (ann, narrow)]
    assert told == [4, 2]
