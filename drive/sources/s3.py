"""A prefix of an S3 bucket as a source: a folder is what lies between two slashes of a key.

Ids are keys; a folder's id ends with a slash, or is the prefix. Folders exist by the objects in them alone, so one that
is empty is not gone. An object appears whole, but a large one may have the time at which its upload began: looks go
back `OVERLAP` behind the newest that they saw, and the cursor names what they found there.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from drive.sources.base import (
    AccessLost,
    Away,
    Changed,
    Folder,
    FolderGone,
    Full,
    Look,
    NameRefused,
    NameTaken,
    SourceError,
    SourceFile,
    TooLarge,
    Vanished,
    Written,
)
from drive.sources.names import is_left_out

OVERLAP = timedelta(hours=1)
MOST_FOUND = 2000
MOST_KNOWN = 10_000
LONGEST_KEY = 1024
LONGEST_NAME = 255
CHUNK = 1024 * 1024
EPOCH = datetime.fromtimestamp(0, UTC)
MISSING = frozenset({"404", "NoSuchKey", "NotFound", "NoSuchVersion"})
LOST = frozenset(
    {
        "NoSuchBucket",
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "InvalidToken",
        "AccountProblem",
    }
)
DENIED = frozenset({"403", "AccessDenied", "AllAccessDisabled"})
OTHER_VERSION = frozenset({"412", "PreconditionFailed", "409", "ConditionalRequestConflict"})
REFUSED = frozenset({"400", "KeyTooLongError", "InvalidObjectName", "InvalidURI", "InvalidArgument"})
NO_ROOM = frozenset(
    {"507", "QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "InsufficientCapacity"}
)


class S3Source:
    """The objects of `bucket` whose keys begin with `prefix` ("" or ending with a slash). `client` is boto3's."""

    def __init__(self, client: Any, bucket: str, prefix: str = "") -> None:
        self.client, self.bucket, self.prefix = client, bucket, prefix

    def look(self, folders: Collection[str], cursor: str | None) -> Look:
        """As `Source.look`. Every look lists the folders; files that the cursor knows are left out."""
        known, states, files, gone = _load(cursor), {}, [], []
        for folder in sorted(folders):
            try:
                with _telling(folder):
                    most = max(1, MOST_FOUND // len(folders))
                    found, states[folder] = self._new_in(folder, known.get(folder, {}), most)
                    files += found
            except FolderGone:
                gone.append(folder)
        more = any(state["after"] for state in states.values())
        return Look(files, json.dumps(states), more=more, gone=gone)

    def _new_in(
        self, folder: str, known: dict[str, Any], most: int
    ) -> tuple[list[SourceFile], dict[str, Any]]:
        """At most so many files, and what is known of the folder then."""
        mark = datetime.fromisoformat(known.get("mark", EPOCH.isoformat()))
        newest = datetime.fromisoformat(known.get("newest", EPOCH.isoformat()))
        lately: dict[str, str] = known.get("lately", {})
        files: list[SourceFile] = []
        for file, at in self._files(folder, known.get("after", "")):
            digest = sha256(f"{file.id}\0{file.version}".encode()).hexdigest()[:16]
            newest = max(newest, at)
            if at < mark - OVERLAP or digest in lately:
                continue
            files.append(file)
            lately[digest] = at.astimezone(UTC).isoformat()
            if len(files) == most:
                return files, _state(mark, newest, file.id, lately)
        return files, _state(newest, newest, "", lately)

    def _files(self, folder: str, after: str) -> Iterator[tuple[SourceFile, datetime]]:
        for page in self._pages(folder, after):
            for item in page.get("Contents", ()):
                key, name, at = item["Key"], item["Key"].removeprefix(folder), item["LastModified"]
                if name and item["Size"] and not is_left_out(name):
                    version = _version(item["ETag"], at)
                    # A longer name loses its beginning: its end tells the kind of file.
                    yield SourceFile(key, folder, name[-LONGEST_NAME:], item["Size"], version, at=at), at

    def _pages(self, folder: str, after: str = "") -> Iterator[dict[str, Any]]:
        self._check(folder)
        how = {"StartAfter": after} if after else {}
        pages = self.client.get_paginator("list_objects_v2")
        yield from pages.paginate(Bucket=self.bucket, Prefix=folder, Delimiter="/", **how)

    def _check(self, folder: str) -> None:
        if not folder.startswith(self.prefix) or (folder != self.prefix and not folder.endswith("/")):
            raise FolderGone(folder, "no folder below the prefix has this id")

    def read(self, file: SourceFile, into: Path, *, most_bytes: int) -> None:
        """As `Source.read`."""
        if not file.id.startswith(self.prefix):
            raise Vanished("it is not below the prefix")
        if file.size > most_bytes:
            raise TooLarge(file.size)
        etag = file.version.partition(" ")[0]
        try:
            with _telling(file.folder):
                answer = self.client.get_object(Bucket=self.bucket, Key=file.id, IfMatch=etag)
                # Some servers do not know the condition.
                if _version(answer["ETag"], answer["LastModified"]) != file.version:
                    raise Changed("it is another version")
                with closing(answer["Body"]) as body, into.open("wb") as copy:
                    for chunk in body.iter_chunks(CHUNK):
                        copy.write(chunk)
        except FolderGone as error:
            raise AccessLost(str(error)) from error
        except NameTaken as error:
            raise Changed("it is another version") from error

    def reserve(self) -> str:
        """Nothing: an object is known by its key and the digest that we store with it."""
        return ""

    def write(self, folder: str, name: str, content: Path, *, mime: str, reserved: str) -> Written:
        """As `Source.write`."""
        self._check(folder)
        key = folder + name
        if not name or "/" in name or not _fits(key):
            raise NameRefused("it is no name of an object")
        with content.open("rb") as body:
            digest = file_digest(body, "sha256").hexdigest()
        try:
            with _telling(folder):
                # Asked for first, because some servers do not know the condition. On those, two writers that
                # come at the same moment may overwrite each other.
                if not self._is_there(folder, key, digest):
                    self._put(key, content, mime, digest)
        except NameTaken:
            with _telling(folder):
                if not self._is_there(folder, key, digest):
                    raise
        return Written(key, name)

    def _put(self, key: str, content: Path, mime: str, digest: str) -> None:
        with content.open("rb") as body:
            self.client.put_object(
                Bucket=self.bucket,
                Key=key,
                Body=body,
                ContentType=mime or "application/octet-stream",
                Metadata={"sha256": digest},
                IfNoneMatch="*",
            )

    def _is_there(self, folder: str, key: str, digest: str) -> bool:
        """Whether we wrote it before. Raises NameTaken if it is not ours."""
        try:
            with _telling(folder):
                there = self.client.head_object(Bucket=self.bucket, Key=key)
        except Vanished:
            return False
        if there["Metadata"].get("sha256") != digest:
            raise NameTaken(key)
        return True

    def folders(self, parent: str | None) -> Sequence[Folder]:
        """As `Source.folders`. It begins with the prefix alone."""
        if parent is None:
            return [self.folder(self.prefix)]
        with _telling(parent):
            prefixes = [p["Prefix"] for page in self._pages(parent) for p in page.get("CommonPrefixes", ())]
        return [self.folder(prefix) for prefix in sorted(set(prefixes))]

    def folder(self, folder: str) -> Folder:
        """As `Source.folder`. What its permissions are shows when it is used."""
        self._check(folder)
        if folder == self.prefix:
            return Folder(folder, folder.rstrip("/") or self.bucket)
        parent, _, name = folder.rstrip("/").rpartition("/")
        return Folder(folder, name, f"{parent}/" if parent else "")


def _version(etag: str, at: datetime) -> str:
    return f"{etag} {at.astimezone(UTC).isoformat()}"


def _fits(key: str) -> bool:
    try:
        return len(key.encode()) <= LONGEST_KEY
    except UnicodeEncodeError:
        return False


def _state(mark: datetime, newest: datetime, after: str, lately: dict[str, str]) -> dict[str, Any]:
    """`lately` is what the next look may come across again, up to a bound: beyond it, files are found twice."""
    oldest = (newest - OVERLAP).isoformat() if newest > EPOCH else ""
    kept = sorted((at, digest) for digest, at in lately.items() if at >= oldest)[-MOST_KNOWN:]
    times = {"mark": mark.isoformat(), "newest": newest.isoformat()}
    return times | {"after": after, "lately": {digest: at for at, digest in kept}}


def _load(cursor: str | None) -> dict[str, Any]:
    try:
        states = json.loads(cursor or "{}")
    except ValueError:
        return {}
    is_ours = isinstance(states, dict) and all(isinstance(state, dict) for state in states.values())
    return states if is_ours else {}


@contextmanager
def _telling(folder: str) -> Iterator[None]:
    """Turns the answers of the server into errors of sources."""
    try:
        yield
    except ClientError as error:
        raise _told(error, folder) from error
    except BotoCoreError as error:
        raise Away(type(error).__name__) from error


def _told(error: ClientError, folder: str) -> SourceError:
    code = str(error.response.get("Error", {}).get("Code"))
    if code in DENIED:
        return FolderGone(folder, code)
    kinds = {
        LOST: AccessLost,
        MISSING: Vanished,
        OTHER_VERSION: NameTaken,
        REFUSED: NameRefused,
        NO_ROOM: Full,
    }
    return next((kind(code) for codes, kind in kinds.items() if code in codes), Away(code))
