"""`/fake/…`: what a test in another process may do with the World, and see of it. JSON in and out."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from drive.google_fake.calls import Call, Reply
from drive.google_fake.channels import Policy
from drive.google_fake.consent import Consent
from drive.google_fake.errors import GoogleError, invalid
from drive.google_fake.faults import Fault
from drive.google_fake.files import File

if TYPE_CHECKING:
    from drive.google_fake.server import Server


def control(server: Server, call: Call) -> Reply:
    """Answer a call to `/fake/…`. Raises `GoogleError`.

    - `POST files` {owner, name, parent?, mime_type?, content? (base64), is_opened?, target?}: the new file
    - `POST files/ID` {name?, trashed?, parent?, content?}; `DELETE files/ID`
    - `GET folders/ID`: {files: [{id, name, mime_type, trashed, size, sha256}]}
    - `GET accounts/ADDRESS`: {email, permission_id, root_id}; `DELETE accounts/ADDRESS`: revokes all of its grants
    - `POST faults`: the fields of `Fault`; `DELETE faults`
    - `POST access/expire`; `POST pages/expire` {status?}; `POST clock` {seconds}
    - `POST pushes` {policy}; `POST consent`: the fields of `Consent`
    - `GET journal`: {counts, calls}; `DELETE journal`
    """
    try:
        return Reply(200, _control(server, call))
    except (KeyError, TypeError, ValueError) as error:
        raise invalid(f"{type(error).__name__}: {error}") from error


def _control(server: Server, call: Call) -> dict[str, Any]:
    match call.method, call.path.removeprefix("/fake/").split("/"):
        case _, ["files", *_]:
            return _change_files(server, call)
        case "GET", ["folders", folder]:
            with server.world.lock:
                held = [each for each in server.world.files.values() if folder in each.parents]
                return {"files": [_row(each) for each in held]}
        case "GET", ["accounts", email]:
            account = server.world.account(email)
            return {"email": email, "permission_id": account.permission_id, "root_id": account.root_id}
        case "GET", ["journal"]:
            return server.journal.shown()
        case "DELETE", ["accounts", email]:
            server.oauth.revoke_account(email)
        case "DELETE", ["journal"]:
            server.journal.clear()
        case "DELETE", ["faults"]:
            server.faults.clear()
        case "POST", _:
            _set(server, call)
        case _:
            raise GoogleError(404, "notFound", "Not Found")
    return {}


def _change_files(server: Server, call: Call) -> dict[str, Any]:
    row, world = call.row(), server.world
    content = base64.b64decode(row.pop("content"), validate=True) if "content" in row else None
    match call.method, call.path.removeprefix("/fake/").split("/"):
        case "POST", ["files"]:
            return _row(world.put(row.pop("owner"), row.pop("name"), content=content, **row))
        case "POST", ["files", file_id]:
            if content is not None:
                world.write(file_id, content)
            return _row(world.change(file_id, **row))
        case "DELETE", ["files", file_id]:
            world.remove(file_id)
            return {}
    raise GoogleError(404, "notFound", "Not Found")


def _set(server: Server, call: Call) -> None:
    row = call.row()
    match call.path.removeprefix("/fake/"):
        case "faults":
            server.faults.add(Fault(**row))
        case "access/expire":
            server.oauth.expire_access()
        case "pages/expire":
            server.world.forget_pages(row.get("status", 410))
        case "clock":
            server.world.advance(row["seconds"])
        case "pushes":
            server.channels.policy = Policy(row["policy"])
        case "consent":
            scopes = row.pop("scopes", None)
            server.consent = Consent(**row, scopes=None if scopes is None else frozenset(scopes))
        case _:
            raise GoogleError(404, "notFound", "Not Found")


def _row(file: File) -> dict[str, Any]:
    has_content = file.content is not None
    return {
        "id": file.id,
        "name": file.name,
        "mime_type": file.mime_type,
        "trashed": file.trashed,
        "size": len(file.content or b"") if has_content else None,
        "sha256": file.sha256 if has_content else None,
    }
