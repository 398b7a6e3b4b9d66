"""Turns a sent file into an `Upload` row; a child process decodes it (`normalise`)."""

from __future__ import annotations

import tempfile
from pathlib import Path

import structlog
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile

from accounts.models import User
from billing.plans import Hourly, PlanLimits, count_hourly, limits_of
from creator.lib.client_gone import client_gone
from creator.lib.errors import Refused
from creator.lib.scratch import scratch_folder
from jobs.decoders import Busy, CallerGone
from jobs.models import Upload
from jobs.uploads.elsewhere import read_elsewhere
from jobs.uploads.fetching import fetched
from jobs.uploads.normalise import DecoderFailed, normalise_photo
from jobs.uploads.pool import decoders
from jobs.uploads.refusing import naming_the_plan
from jobs.uploads.storing import Insert, Inserted, insert_photo, store_photo
from jobs.uploads.unfit import RefusedPhoto
from jobs.uploads.unused import require_room

log = structlog.get_logger(__name__)
NO_TURN = (
    "Many photos are being read at the moment, and this one had no turn yet. Send it again in a few seconds."
)
RETRY_S = 5


def accept_photo(*, owner: User, file: UploadedFile) -> Upload:
    """Decodes the photo, converts it to 8-bit sRGB, stores it and creates its row.

    Raises Refused: with the file's name in the message; `rate_limited` or `quota_exceeded` if the plan takes no more
    photos at the moment. Nothing of a refused file is stored.
    """
    return accept_form_file(owner=owner, file=file, insert=insert_photo)


def accept_file(*, owner: User, source: Path, name: str) -> Upload:
    """The same for a file on this machine; the file stays where it is."""
    return decode_and_store(owner=owner, limits=admit(owner), source=source, name=name, insert=insert_photo)


def accept_form_file(*, owner: User, file: UploadedFile, insert: Insert[Inserted]) -> Inserted:
    """Like `accept_photo`; `insert` creates the row."""
    limits, name = admit(owner), file.name or "photo"
    if isinstance(file, TemporaryUploadedFile):
        source = Path(file.temporary_file_path())
        return decode_and_store(owner=owner, limits=limits, source=source, name=name, insert=insert)
    with tempfile.NamedTemporaryFile(dir=scratch_folder()) as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        return decode_and_store(owner=owner, limits=limits, source=Path(copy.name), name=name, insert=insert)


def accept_address(*, owner: User, url: str, insert: Insert[Inserted]) -> Inserted:
    """The same for a photo at an address. Raises Refused `invalid_parameters` too, about the field `url`."""
    limits = admit(owner)
    with fetched(url, owner.pk, limits) as (source, name):
        return decode_and_store(owner=owner, limits=limits, source=source, name=name, insert=insert)


def accept_elsewhere(*, owner: User, file_id: int, insert: Insert[Inserted]) -> Inserted:
    """The same for a file that another app found for the person (`jobs.uploads.elsewhere`). Raises Refused as that."""
    limits = admit(owner)
    with read_elsewhere(owner, file_id, limits) as (source, name):
        return decode_and_store(owner=owner, limits=limits, source=source, name=name, insert=insert)


def admit(owner: User) -> PlanLimits:
    """Counts one more photo of the person and returns their limits.

    Raises Refused `rate_limited` or `quota_exceeded` if the plan takes no more photos at the moment.
    """
    limits = limits_of(owner.pk)
    require_room(owner.pk, limits)
    count_hourly(Hourly.UPLOADS, owner.pk, limits)
    return limits


def decode_and_store(
    *, owner: User, limits: PlanLimits, source: Path, name: str, insert: Insert[Inserted]
) -> Inserted:
    """The same for a file that was counted already."""
    with tempfile.TemporaryDirectory(prefix="upload-", dir=scratch_folder()) as folder:
        try:
            photo = normalise_photo(
                source,
                name=name,
                into=Path(folder),
                max_bytes=limits.upload_bytes,
                megapixels=limits.megapixels,
                pool=decoders(),
                person=f"user {owner.pk}",
                gone=client_gone(),
            )
        except RefusedPhoto as refused:
            log.info("photo_refused", code=refused.code)
            raise naming_the_plan(refused, limits) from refused
        except CallerGone as error:
            raise Refused("service_unavailable", "The upload was broken off.") from error
        except Busy as error:
            log.info("photo_had_no_turn", user_id=owner.pk)
            raise Refused("service_unavailable", NO_TURN, headers={"Retry-After": str(RETRY_S)}) from error
        except DecoderFailed as error:
            log.error("decoder_failed", reason=str(error))
            raise Refused(
                "service_unavailable", "Photos cannot be read at the moment. Try again soon."
            ) from error
        return store_photo(
            owner=owner, limits=limits, photo=photo, folder=Path(folder), name=name, insert=insert
        )
