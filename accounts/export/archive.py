"""Writes the zip: rows as JSON, files as they are stored."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from accounts.models import User
from accounts.registry import StoredFile, parts

CHUNK = 256 * 1024
README = """\
This is what Creator stored about the account {user} on {now:%Y-%m-%d %H:%M} UTC.

{listed}

Each .json file is a list with one row a line. Times are ISO 8601 in UTC. Photos are stored as Creator uses
them: without location and device data. Passwords, keys and tokens are not included, because only digests of
them are stored.
{missing}"""
MISSING = "\n{count} files had been deleted before they could be copied: their time was over.\n"


def count_files(user: User) -> int:
    """How many stored files the person has."""
    return sum(1 for part in parts() for _ in part.files(user))


def write_archive(file: IO[bytes], user: User, on_file: Callable[[int], None]) -> None:
    """Writes everything, holding one file and one page of rows in memory. `on_file` gets the number of files done."""
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        counts = {
            f"{part.name}/{subject}.json": _write_rows(archive, f"{part.name}/{subject}.json", rows)
            for part in parts()
            for subject, rows in part.rows(user).items()
        }
        done = missing = 0
        for part in parts():
            for stored in part.files(user):
                missing += not _copy(archive, stored)
                done += 1
                on_file(done)
        archive.writestr(_info("README.txt"), _readme(user, counts, missing), ZIP_DEFLATED)


def _write_rows(archive: ZipFile, path: str, rows: Iterable[Mapping[str, Any]]) -> int:
    count = 0
    with archive.open(_info(path), "w") as entry:
        entry.write(b"[")
        for row in rows:
            line = json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)
            entry.write(f"{',' if count else ''}\n{line}".encode())
            count += 1
        entry.write(b"\n]\n")
    return count


def _copy(archive: ZipFile, stored: StoredFile) -> bool:
    """Copies a stored file. False if it is no longer stored."""
    try:
        source = default_storage.open(stored.key, "rb")
    except FileNotFoundError:
        return False
    info = _info(stored.path)
    info.compress_type = ZIP_STORED  # pictures are compressed
    with source, archive.open(info, "w", force_zip64=True) as entry:
        shutil.copyfileobj(source, entry, CHUNK)
    return True


def _info(path: str) -> ZipInfo:
    info = ZipInfo(path, timezone.now().timetuple()[:6])
    info.compress_type = ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


def _readme(user: User, counts: Mapping[str, int], missing: int) -> str:
    listed = "\n".join(f"{path}: {count}" for path, count in counts.items())
    more = MISSING.format(count=missing) if missing else ""
    return README.format(user=user.email, now=timezone.now(), listed=listed, missing=more)
