"""Turns a sent file into an `Upload` row; a child process decodes it (`normalise`)."""

from __future__ import annotations

import tempfile
from pathlib import Path

import structlog
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile

from accounts.models import User
from billing.plans import Hourly, PlanLimits, count_hourly, limits_of, way_to_more
from creator.lib.client_gone import client_gone
from creator.lib.errors import Refused
from creator.lib.scratch import scratch_folder
from jobs.decoders import Busy, CallerGone
from jobs.models import Upload
from jobs.uploads.normalise import DecoderFailed, normalise_photo
from jobs.uploads.pool import decoders
from jobs.uploads.storing import store_photo
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
    if isinstance(file, TemporaryUploadedFile):
        return accept_file(owner=owner, source=Path(file.temporary_file_path()), name=file.name or "photo")
    with tempfile.NamedTemporaryFile(dir=scratch_folder()) as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        return accept_file(owner=owner, source=Path(copy.name), name=file.name or "photo")


def accept_file(*, owner: User, source: Path, name: str) -> Upload:
    """Like `accept_photo`, for a file on this machine; the file stays where it is."""
    limits = limits_of(owner.pk)
    require_room(owner.pk, limits)
    count_hourly(Hourly.UPLOADS, owner.pk, limits)
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
            raise _naming_the_plan(refused, limits) from refused
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
        return store_photo(owner=owner, limits=limits, photo=photo, folder=Path(folder), name=name)


def _naming_the_plan(refused: RefusedPhoto, limits: PlanLimits) -> Refused:
    """The refusal. If a number of the plan decided, it names the plan and the way to more."""
    if refused.exceeds not in ("upload_mib", "megapixels"):
        return Refused(refused.code, refused.message)
    way, facts = way_to_more(refused.exceeds, limits)
    return Refused(
        refused.code,
        f"{refused.message} That is the most that the {limits.title} plan takes. {way}",
        facts=facts,
    )
