"""Which call of Drive v3 a request is, which parameters it takes, and what of its answer is shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from drive.google_fake import api, writing
from drive.google_fake.calls import Call, Reply
from drive.google_fake.channels import Channels
from drive.google_fake.errors import GoogleError
from drive.google_fake.fields import read_mask, select
from drive.google_fake.oauth import Grant, OAuth
from drive.google_fake.uploads import Uploads
from drive.google_fake.world import World

COMMON = frozenset({"alt", "fields", "prettyPrint", "quotaUser"})
FILE = "kind,id,name,mimeType"
OF_FILES = frozenset({"supportsAllDrives", "acknowledgeAbuse"})
OF_WRITING = frozenset({"supportsAllDrives", "keepRevisionForever"})
OF_LISTS = frozenset(
    {"supportsAllDrives", "includeItemsFromAllDrives", "driveId", "pageSize", "pageToken", "spaces"}
)
OF_CHANGES = OF_LISTS | {"includeRemoved", "restrictToMyDrive", "includeCorpusRemovals"}
OF_UPLOADS = OF_WRITING | {"uploadType", "upload_id"}
Handler = Callable[[Grant, Call, str], dict[str, Any] | Reply]


@dataclass(frozen=True)
class Route:
    """One call. `shown`: the fields of its answer when the caller names none; empty: all."""

    name: str
    method: str
    pattern: str
    parameters: frozenset[str]
    shown: str
    handler: Handler


class Router:
    """Answers the calls of Drive v3 for one World."""

    def __init__(self, world: World, oauth: OAuth) -> None:
        self._world, self._oauth = world, oauth
        self.uploads = Uploads(world)
        self.channels = Channels(world)
        self.routes = [*self._reading(), *self._writing(), *self._pushing()]

    def answer(self, call: Call) -> Reply:
        """The answer to a call. Raises `GoogleError`."""
        route, file_id = self._find(call)
        unknown = sorted(set(call.query) - route.parameters - COMMON)
        if unknown:
            raise GoogleError(400, "invalidParameter", f"Unknown parameter: {unknown[0]}")
        asked = call.query.get("fields") or route.shown
        mask = read_mask(asked) if asked else {}
        grant = self._caller(route, call)
        with self._world.lock:
            result = route.handler(grant, call, file_id)
        reply = result if isinstance(result, Reply) else Reply(200, result)
        if isinstance(reply.body, dict):
            reply.body = select(reply.body, mask)
        return reply

    def name(self, call: Call) -> str:
        """What Drive calls a call, as `files.create`; a path that is none of its own stands for itself."""
        try:
            return self._find(call)[0].name
        except GoogleError:
            return call.path.strip("/")

    def _find(self, call: Call) -> tuple[Route, str]:
        for route in self.routes:
            match = re.fullmatch(route.pattern, call.path)
            if match and route.method == call.method:
                return route, match.groupdict().get("id", "")
        raise GoogleError(404, "notFound", "Not Found")

    def _caller(self, route: Route, call: Call) -> Grant:
        """The address of an upload's session is a secret of its own: it needs no token."""
        token = call.headers.get("authorization", "")
        if not token and "upload_id" in call.query:
            return Grant("", frozenset())
        return self._oauth.caller(token)

    def _reading(self) -> list[Route]:
        world = self._world
        listed = OF_LISTS | {"q", "corpora", "orderBy"}
        files = f"kind,nextPageToken,incompleteSearch,files({FILE})"
        one = f"changes(kind,changeType,fileId,time,removed,file({FILE}))"
        changes = f"kind,nextPageToken,newStartPageToken,{one}"
        start = frozenset({"driveId", "supportsAllDrives"})
        drives = frozenset({"pageSize", "pageToken", "q"})
        return [
            _get("about.get", "about", frozenset(), "", lambda grant, call, _: api.about(world, grant, call)),
            _get(
                "files.list",
                "files",
                listed,
                files,
                lambda grant, call, _: api.list_files(world, grant, call),
            ),
            _get(
                "files.generateIds",
                "files/generateIds",
                frozenset({"count", "space", "type"}),
                "",
                lambda grant, call, _: writing.generate_ids(world, grant, call),
            ),
            _get(
                "files.get",
                "files/(?P<id>[^/]+)",
                OF_FILES,
                FILE,
                lambda grant, call, file_id: api.get_file(world, grant, file_id, call),
            ),
            _get(
                "changes.getStartPageToken",
                "changes/startPageToken",
                start,
                "",
                lambda grant, call, _: api.start_token(world, grant, call),
            ),
            _get(
                "changes.list",
                "changes",
                OF_CHANGES,
                changes,
                lambda grant, call, _: api.list_changes(world, grant, call),
            ),
            _get(
                "drives.list",
                "drives",
                drives,
                "kind,nextPageToken,drives(kind,id,name)",
                lambda grant, call, _: api.list_drives(world, grant, call),
            ),
        ]

    def _writing(self) -> list[Route]:
        world, upload = self._world, "/upload/drive/v3/files"
        moved = OF_WRITING | {"addParents", "removeParents"}
        return [
            Route("files.create", "POST", "/drive/v3/files", OF_WRITING, FILE, self._create),
            Route(
                "files.update",
                "PATCH",
                "/drive/v3/files/(?P<id>[^/]+)",
                moved,
                FILE,
                lambda grant, call, file_id: writing.update(world, grant, file_id, call),
            ),
            Route(
                "files.create",
                "POST",
                upload,
                OF_UPLOADS,
                FILE,
                lambda grant, call, _: self.uploads.begin(grant, call),
            ),
            Route(
                "uploads.go_on",
                "PUT",
                upload,
                OF_UPLOADS,
                FILE,
                lambda grant, call, _: self.uploads.go_on(call),
            ),
            Route(
                "uploads.stop",
                "DELETE",
                upload,
                OF_UPLOADS,
                FILE,
                lambda grant, call, _: self.uploads.stop(call),
            ),
        ]

    def _pushing(self) -> list[Route]:
        channels = self.channels
        return [
            Route(
                "changes.watch",
                "POST",
                "/drive/v3/changes/watch",
                OF_CHANGES,
                "",
                lambda grant, call, _: channels.watch(grant, call),
            ),
            Route(
                "channels.stop",
                "POST",
                "/drive/v3/channels/stop",
                frozenset(),
                "",
                lambda grant, call, _: channels.stop(grant, call),
            ),
        ]

    def _create(self, grant: Grant, call: Call, _: str) -> dict[str, Any]:
        return writing.create(
            self._world, grant, call.row(), content=None, content_type="", with_drives=call.has_drives
        )


def _get(name: str, path: str, parameters: frozenset[str], shown: str, handler: Handler) -> Route:
    return Route(name, "GET", f"/drive/v3/{path}", parameters, shown, handler)
