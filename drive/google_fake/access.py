"""What a grant may see and write, by its scopes."""

from __future__ import annotations

from drive.google_fake.errors import GoogleError, missing
from drive.google_fake.files import File
from drive.google_fake.oauth import Grant
from drive.google_fake.world import World

READ = "https://www.googleapis.com/auth/drive.readonly"
OPENED = "https://www.googleapis.com/auth/drive.file"
ALL = "https://www.googleapis.com/auth/drive"


def check_scope(grant: Grant, *, writes: bool = False, reads_all: bool = False) -> None:
    """Raises `GoogleError` 403 when a grant's scopes do not allow a kind of call at all."""
    allowed = {ALL, *(() if writes else (READ,)), *(() if reads_all else (OPENED,))}
    if not grant.scopes & allowed:
        raise GoogleError(403, "insufficientPermissions", "Insufficient Permission")


def may_see(world: World, grant: Grant, file: File) -> bool:
    """Whether a grant shows a file. Raises `GoogleError` 403 when it shows none at all."""
    check_scope(grant)
    is_in_scope = bool(grant.scopes & {READ, ALL}) or file.is_opened
    return is_in_scope and world.can_read(grant.email, file)


def seen(world: World, grant: Grant, file_id: str, *, with_drives: bool) -> File:
    """The file, when this grant may see it. Raises `GoogleError` 404.

    `with_drives`: the caller said `supportsAllDrives`; files of shared drives are missing to others.
    """
    file = world.files.get(world.account(grant.email).root_id if file_id == "root" else file_id)
    if file is None or not may_see(world, grant, file) or (file.drive and not with_drives):
        raise missing(file_id)
    return file


def check_may_write(world: World, grant: Grant, file: File) -> None:
    """Raises `GoogleError` 403 unless a grant may change a file."""
    check_scope(grant, writes=True)
    if not world.can_write(grant.email, file):
        raise GoogleError(
            403, "insufficientFilePermissions", "The user does not have sufficient permissions."
        )
    if not file.is_opened and ALL not in grant.scopes:
        raise GoogleError(
            403, "appNotAuthorizedToFile", "The user has not granted the app access to the file."
        )


def check_may_add(world: World, grant: Grant, folder: File) -> None:
    """Raises `GoogleError` 403 unless a grant may put something into a folder."""
    check_scope(grant, writes=True)
    if not world.can_write(grant.email, folder):
        message = "Insufficient permissions for the specified parent."
        raise GoogleError(403, "insufficientParentPermissions", message)
    if world.writes_only_to_opened and not folder.is_opened and ALL not in grant.scopes:
        raise GoogleError(
            403, "appNotAuthorizedToFile", "The user has not granted the app access to the file."
        )
