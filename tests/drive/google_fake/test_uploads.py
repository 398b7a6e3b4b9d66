"""Content that comes to the fake Google in parts."""

from drive.google_fake import World
from drive.google_fake.uploads import PART
from tests.drive.google_fake.conftest import ANN, Caller, reason

CONTENT = bytes(range(256)) * 1024 + b"rest"


def _begin(ann: Caller, name: str = "a.png", **more: str) -> str:
    headers = {"X-Upload-Content-Type": "image/png", "X-Upload-Content-Length": str(len(CONTENT))}
    params = {"uploadType": "resumable", "fields": "id,sha256Checksum"}
    begun = ann.send(
        "POST", "files", upload=True, json={"name": name, **more}, params=params, headers=headers
    )
    return begun.headers["Location"]


def _part(ann: Caller, address: str, first: int, last: int) -> tuple[int, str]:
    headers = {"Content-Range": f"bytes {first}-{last}/{len(CONTENT)}"}
    answer = ann.send("PUT", address, content=CONTENT[first : last + 1], headers=headers)
    return answer.status_code, answer.headers.get("Range", "")


def _asked(ann: Caller, address: str) -> tuple[int, str]:
    answer = ann.send("PUT", address, headers={"Content-Range": f"bytes */{len(CONTENT)}"})
    return answer.status_code, answer.headers.get("Range", "")


def test_parts_make_a_file_when_the_last_has_come(ann: Caller, world: World) -> None:
    address = _begin(ann, id="mine")
    assert _asked(ann, address) == (308, "")
    assert _part(ann, address, 0, PART - 1) == (308, f"bytes=0-{PART - 1}")
    assert "mine" not in world.files
    assert _asked(ann, address) == (308, f"bytes=0-{PART - 1}")
    assert _part(ann, address, PART, len(CONTENT) - 1) == (200, "")
    assert world.files["mine"].content == CONTENT
    assert _asked(ann, address) == (200, "")


def test_parts_that_leave_a_gap_or_have_an_odd_size_are_refused(ann: Caller) -> None:
    address = _begin(ann)
    assert _part(ann, address, PART, len(CONTENT) - 1)[0] == 400
    assert _part(ann, address, 0, 99)[0] == 400
    assert _asked(ann, address) == (308, "")


def test_an_unknown_session_is_missing(ann: Caller) -> None:
    address = _begin(ann)
    ann.server.router.uploads.forget()
    assert _asked(ann, address)[0] == 404


def test_an_id_that_was_taken_while_the_parts_came_is_refused(ann: Caller, world: World) -> None:
    address = _begin(ann, id="mine")
    ann.send("POST", "files", json={"id": "mine"})
    whole = ann.send("PUT", address, content=CONTENT)
    assert reason(whole) == (409, "fileIdInUse")
    assert world.used(ANN) == 0
