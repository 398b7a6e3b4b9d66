"""The calls to Drive v3 that we make. All see shared drives too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpx2

from drive.sources.google.errors import check
from drive.sources.google.exchange import Answer, Exchange, Patience
from drive.sources.google.oauth import App
from drive.sources.google.tokens import Tokens
from drive.sources.google.types import (
    FILE_FIELDS,
    About,
    Change,
    ChangePage,
    Channel,
    DriveFile,
    FilePage,
    read_change,
    read_file,
    read_millis,
)

PAGE = 1000
DRIVES_PAGE = 100
BOTH = {"supportsAllDrives": "true", "includeItemsFromAllDrives": "true"}


class Client:
    """Drive for one connection. Every method raises `Away`, `AccessLost`, and `Refusal` for what it names."""

    def __init__(self, app: App, tokens: Tokens, exchange: Exchange) -> None:
        self._app, self._tokens, self._exchange = app, tokens, exchange

    @property
    def scopes(self) -> frozenset[str]:
        """The granted scopes."""
        return self._tokens.scopes

    def about(self) -> About:
        """Whose Drive it is."""
        user = self._get("/about", fields="user(displayName,emailAddress,permissionId)").get("user")
        row = user if isinstance(user, dict) else {}
        return About(*(str(row.get(key) or "") for key in ("emailAddress", "permissionId", "displayName")))

    def file(self, file_id: str) -> DriveFile:
        """One file or folder, also from the bin. `Refusal` 404: not there, or out of sight."""
        return read_file(self._get(_path(file_id), fields=FILE_FIELDS, supportsAllDrives="true"))

    def files(self, query: str, page: str = "", *, drive: str = "") -> FilePage:
        """A page of the files that match `query`. `Refusal` 404: the folder that it names is not there."""
        where = {"corpora": "drive", "driveId": drive} if drive else {}
        asked = {"q": query, "pageSize": str(PAGE), "fields": f"nextPageToken,files({FILE_FIELDS})", **where}
        body = self._get("/files", **asked, **BOTH, **_page(page))
        return FilePage([read_file(row) for row in body.get("files") or ()], body.get("nextPageToken") or "")

    def shared_drives(self) -> list[DriveFile]:
        """The shared drives; the id of one is also that of its topmost folder. Needs a scope that reads."""
        found: list[DriveFile] = []
        page = ""
        while True:
            asked = {"pageSize": str(DRIVES_PAGE), **_page(page)}
            fields = "nextPageToken,drives(id,name,capabilities(canListChildren,canAddChildren))"
            body = self._get("/drives", fields=fields, **asked)
            found += [read_file(row) for row in body.get("drives") or ()]
            page = body.get("nextPageToken") or ""
            if not page:
                return found

    def start_page(self, drive: str = "") -> str:
        """Where the change log of the person, or of a shared drive, goes on from now."""
        body = self._get("/changes/startPageToken", supportsAllDrives="true", **_drive(drive))
        return str(body.get("startPageToken") or "")

    def changes(self, page: str, drive: str = "") -> ChangePage:
        """A page of a change log. `Refusal` 400, 404 or 410: the page is not known any more."""
        fields = f"nextPageToken,newStartPageToken,changes(fileId,removed,file({FILE_FIELDS}))"
        asked = {"pageToken": page, "pageSize": str(PAGE), "fields": fields, "spaces": "drive"}
        body = self._get("/changes", **asked, **BOTH, **_drive(drive))
        changes: list[Change] = [read_change(row) for row in body.get("changes") or ()]
        return ChangePage(changes, body.get("nextPageToken") or "", body.get("newStartPageToken") or "")

    def new_ids(self, count: int) -> list[str]:
        """Ids for files to be made."""
        return [str(one) for one in self._get("/files/generateIds", count=str(count)).get("ids") or ()]

    def watch(
        self,
        page: str,
        *,
        channel_id: str,
        channel_token: str,
        address: str,
        expires_ms: int,
        drive: str = "",
    ) -> Channel:
        """Has Google call `address` when the change log has news after `page`. Not tried again: ids serve once."""
        sent = {
            "id": channel_id,
            "type": "web_hook",
            "address": address,
            "token": channel_token,
            "expiration": str(expires_ms),
        }
        params = {"pageToken": page, **BOTH, **_drive(drive)}
        url = f"{self._app.addresses.drive}/changes/watch"
        body = check(self.send("POST", url, json=sent, params=params, again=False)).json()
        return Channel(channel_id, str(body.get("resourceId") or ""), read_millis(body.get("expiration")))

    def stop(self, *, channel_id: str, resource_id: str) -> None:
        """Ends a channel. `Refusal` 404: it has ended."""
        url = f"{self._app.addresses.drive}/channels/stop"
        check(self.send("POST", url, json={"id": channel_id, "resourceId": resource_id}))

    def begin_upload(self, file: dict[str, Any], *, size: int, mime: str) -> Answer:
        """Begins a resumable upload: an answer of success has its address in `Location`."""
        headers = {"X-Upload-Content-Type": mime, "X-Upload-Content-Length": str(size)}
        params = {"uploadType": "resumable", "supportsAllDrives": "true", "fields": FILE_FIELDS}
        url = f"{self._app.addresses.upload}/files"
        return self.send("POST", url, json=file, params=params, headers=headers)

    @contextmanager
    def media(self, file_id: str, *, offset: int) -> Iterator[httpx2.Response]:
        """One try to get the content, from byte `offset` on. Raises httpx2's errors."""
        headers = {"Range": f"bytes={offset}-"} if offset else {}
        token = self._tokens.access_token(self._exchange)
        headers["Authorization"] = f"Bearer {token}"
        params = {"alt": "media", "supportsAllDrives": "true"}
        with self._exchange.stream(
            self._app.addresses.drive + _path(file_id), params=params, headers=headers
        ) as got:
            if got.status_code == 401:
                self._tokens.access_token(self._exchange, instead_of=token)
            yield got

    def patience(self) -> Patience:
        """For what tries again itself: reading and writing content."""
        return self._exchange.patience()

    def send(
        self, method: str, url: str, *, again: bool = True, once: bool = False, **request: Any
    ) -> Answer:
        """Any call, with the access token, renewed if Google refuses it. `once`: raises httpx2's errors."""
        given = request.pop("headers", {})
        token = self._tokens.access_token(self._exchange)
        for last in (False, True):
            headers = {**given, "Authorization": f"Bearer {token}"}
            if once:
                answer = self._exchange.send_once(method, url, headers=headers, **request)
            else:
                answer = self._exchange.send(method, url, again=again, headers=headers, **request)
            if answer.status != 401 or last:
                break
            token = self._tokens.access_token(self._exchange, instead_of=token)
        return answer

    def is_upload_address(self, url: str) -> bool:
        """Whether it is where uploads go: the token is sent nowhere else."""
        ours, theirs = httpx2.URL(self._app.addresses.upload), httpx2.URL(url)
        return (ours.scheme, ours.host, ours.port) == (theirs.scheme, theirs.host, theirs.port)

    def _get(self, path: str, **params: str) -> dict[str, Any]:
        return check(self.send("GET", self._app.addresses.drive + path, params=params)).json()


def _path(file_id: str) -> str:
    return f"/files/{quote(file_id, safe='')}"


def _page(page: str) -> dict[str, str]:
    return {"pageToken": page} if page else {}


def _drive(drive: str) -> dict[str, str]:
    return {"driveId": drive} if drive else {}
