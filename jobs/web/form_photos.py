"""The photos of the new-job form: uploaded before, named by their ids, or sent with the form itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile

from accounts.models import User
from billing.plans import PlanLimits, way_to_more
from creator.lib.errors import Refused
from creator.lib.formatting import count
from jobs.models import Upload
from jobs.queries import uploads_of
from jobs.uploads.accept import accept_photo
from jobs.uploads.metadata.text import display_name

MOST_NAMED = 20


@dataclass
class Photos:
    """The photos of a form: the accepted ones, and a sentence for each refusal."""

    accepted: list[Upload] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def ids(self) -> list[UUID]:
        return [each.id for each in self.accepted]


def read_photos(
    owner: User, ids: Sequence[UUID], files: Iterable[UploadedFile] = (), *, limits: PlanLimits
) -> Photos:
    """The photos with these ids, then the files, as many as the plan takes at a time. Others are not decoded."""
    most, found = limits.batch_files, uploads_of(owner, ids)
    photos, sent = Photos(found[:most]), list(files)
    if missing := len(set(ids)) - len(found):
        photos.refused.append(_no_longer_stored(missing))
    room = most - len(photos.accepted)
    for file in sent[:room]:
        try:
            photos.accepted.append(accept_photo(owner=owner, file=file))
        except Refused as refused:
            photos.refused.append(refused.message)
    if beyond := [*(each.name for each in found[most:]), *(file.name or "photo" for file in sent[room:])]:
        photos.refused.append(_left_out(beyond, limits))
    return photos


def _no_longer_stored(missing: int) -> str:
    which = "A photo that you had added is" if missing == 1 else f"{missing} photos that you had added are"
    return f"{which} no longer stored, because photos without a job are deleted after a day. Add them again."


def _left_out(names: Sequence[str], limits: PlanLimits) -> str:
    named = ", ".join(f"“{display_name(name)}”" for name in names[:MOST_NAMED])
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    takes = f"the {limits.title} plan takes {count(limits.batch_files, 'photo')} at a time"
    return f"Left out, because {takes}: {named}{more}. {way_to_more('batch_files', limits)[0]}"
