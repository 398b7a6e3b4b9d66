"""Unused photos: how many a plan stores and how large, also when uploads of one person arrive together."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from billing.models import Plan
from billing.plans import limits_of
from creator.lib.errors import Refused
from jobs.enums import FailureCode
from jobs.lifecycle import cancel_job, fail_job, finish_job
from jobs.models import Job, Upload
from jobs.uploads.accept import accept_file
from jobs.uploads.normalise import PHOTO, PREVIEW, THUMBNAIL, NormalisedPhoto
from jobs.uploads.storing import insert_photo, store_photo
from jobs.uploads.unused import require_room
from tests.jobs.lifecycle import rows
from tests.jobs.lifecycle.threads import together
from tests.jobs.uploads.pictures import encode, quadrants

BYTES = 400_000


@pytest.fixture
def person(db) -> User:
    """A user whose plan stores 3 unused photos of 1 MiB together, and takes 9 photos in any hour."""
    Plan.objects.filter(slug="free").update(unused_photos=3, unused_mib=1, uploads_per_hour=9)
    return User.objects.create_user("person@example.org")


@pytest.fixture
def folder(tmp_path):
    for part in (PHOTO, PREVIEW, THUMBNAIL):
        (tmp_path / part).write_bytes(b"content")
    return tmp_path


@pytest.fixture
def storage(settings, tmp_path_factory):
    """An empty folder as the storage."""
    place = tmp_path_factory.mktemp("storage")
    options = {"location": place, "base_url": None}
    default = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"default": default}
    return place


def store(person: User, folder, size: int = 1000) -> Upload | str:
    """Stores a photo; returns its row or the refusal's sentence."""
    photo = NormalisedPhoto(640, 480, "RGB", size, "0" * 64, "JPEG", {})
    try:
        return store_photo(
            owner=person,
            limits=limits_of(person.pk),
            photo=photo,
            folder=folder,
            name="a.jpg",
            insert=insert_photo,
        )
    except Refused as refused:
        words = re.sub(r"24 h 0 min|23 h \d+ min", "a day", refused.message)
        return f"{refused.code}: {words}"


def files(place) -> int:
    return len([each for each in place.rglob("*") if each.is_file()])


def test_photos_beyond_the_number_are_refused_and_leave_nothing(person, folder, storage):
    assert all(isinstance(store(person, folder), Upload) for _ in range(3))
    assert store(person, folder) == (
        "quota_exceeded: The Free plan keeps 3 unused photos, and that room is taken. Make pictures of some of them, or add this "
        "photo in a day, when the first of them is deleted. "
        "Ask the people who run this site for a larger plan."
    )
    assert (Upload.objects.count(), files(storage)) == (3, 9)


def test_a_photo_leaves_nothing_if_its_person_was_erased_meanwhile(person, folder, storage):
    User.objects.filter(pk=person.pk).delete()
    assert (store(person, folder), files(storage)) == ("not_allowed: This account was deleted.", 0)


def test_photos_beyond_the_bytes_are_refused_and_leave_nothing(person, folder, storage):
    assert [isinstance(store(person, folder, BYTES), Upload) for _ in range(2)] == [True, True]
    assert store(person, folder, BYTES).startswith(
        "quota_exceeded: The Free plan keeps 1 MB of unused photos, and"
    )
    assert (Upload.objects.count(), files(storage)) == (2, 6)


def test_a_photo_larger_than_all_room_is_told_so(person, folder, storage):
    assert store(person, folder, 2**20 + 1) == (
        "quota_exceeded: The Free plan keeps 1 MB of unused photos. Send a smaller photo. "
        "Ask the people who run this site for a larger plan."
    )


def test_a_full_person_is_refused_before_the_photo_is_decoded(person, tmp_path):
    for _ in range(3):
        rows.make_upload(person)
    with pytest.raises(Refused) as refused:
        accept_file(owner=person, source=tmp_path / "not-there.png", name="a.png")
    assert (refused.value.code, 80_000 < int(refused.value.headers["Retry-After"]) <= 86_400) == (
        "quota_exceeded",
        True,
    )


def test_a_refused_file_counts_in_the_hour_and_not_among_the_unused(person, tmp_path):
    Plan.objects.filter(slug="free").update(uploads_per_hour=2)
    broken, sound = tmp_path / "broken.png", tmp_path / "sound.png"
    broken.write_bytes(encode(quadrants(), "PNG")[:60])
    sound.write_bytes(encode(quadrants(), "PNG"))
    with pytest.raises(Refused, match=r"cut short|damaged"):
        accept_file(owner=person, source=broken, name="broken.png")
    accept_file(owner=person, source=sound, name="sound.png")
    with pytest.raises(
        Refused, match=r"takes 2 photos in any hour\. Add more photos in (1 h 0|59) min"
    ) as refused:
        accept_file(owner=person, source=sound, name="sound.png")
    assert (refused.value.code, Upload.objects.count()) == ("rate_limited", 1)


ENDINGS = {
    "finish": (lambda job, held: finish_job(held, []), True),
    "fail": (lambda job, held: fail_job(held, FailureCode.NODE_ERROR), False),
    "cancel": (lambda job, held: (cancel_job(job=job), finish_job(held, [])), False),
}


@pytest.mark.parametrize("end", ENDINGS)
def test_only_a_finished_picture_makes_a_photo_used(person, end):
    act, is_used = ENDINGS[end]
    photo = rows.make_upload(person)
    job = rows.submit_one(person, rows.slow_preset())
    Job.objects.filter(pk=job.pk).update(upload=photo)
    act(job, rows.claim(job, rows.make_node()))
    photo.refresh_from_db()
    assert (photo.is_used, photo.expires_at > timezone.now() + timedelta(days=6)) == (is_used, True)


def test_photos_of_open_jobs_and_used_ones_leave_room(person):
    for _ in range(3):
        rows.make_upload(person, expires_at=None)
        rows.make_upload(person, is_used=True)
    require_room(person.pk, limits_of(person.pk), 1000)


def test_the_photos_of_others_leave_room(person, cast):
    for _ in range(3):
        rows.make_upload(cast.other)
    require_room(person.pk, limits_of(person.pk), 1000)


@pytest.mark.django_db(transaction=True)
def test_parallel_uploads_of_one_person_exceed_no_limit(person, folder, storage):
    stored = together(*[lambda: store(person, folder)] * 8)
    assert len([each for each in stored if isinstance(each, Upload)]) == 3
    assert (Upload.objects.count(), files(storage)) == (3, 9)
