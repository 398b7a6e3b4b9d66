"""What pages show for jobs whose files will expire, and for jobs whose files were removed."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from creator.web.template_tags import moment
from jobs.models import Job
from tests.jobs.web.reading import squash

PURGED_AT = datetime(2026, 11, 3, 12, tzinfo=UTC)
REMOVED = (
    "The files of this job were removed on 3 November 2026 UTC, because your plan stores them for 7 days."
)


@pytest.fixture
def read(client, cast):
    """`read(name, job)` returns the HTML of a page as the job's owner sees it."""
    client.force_login(cast.owner)

    def read(name: str, *jobs: Job) -> str:
        return squash(client.get(reverse(name, args=[job.id for job in jobs])).text)

    return read


def remove_files(job: Job) -> Job:
    """Leave the job as a purge does: without artifacts and photo, with the date of the purge."""
    job.artifacts.all().delete()
    if job.upload:
        job.upload.delete()
    dates = {"files_expire_at": job.finished_at + timedelta(days=7), "files_purged_at": PURGED_AT}
    Job.objects.filter(pk=job.pk).update(**dates)
    job.refresh_from_db()
    return job


def test_a_job_whose_files_went_says_when_and_why(read, make_job):
    html = read("job", remove_files(make_job("completed")))
    for part in (REMOVED, "Add the photo again to use them.", "Change the settings", "fig.jpg"):
        assert part in html
    for part in ("<img", "Download", "Vary", "Make it again", "Make another with this photo"):
        assert part not in html


def test_where_no_photo_is_needed_the_picture_can_be_made_again(read, make_job):
    html = read("job", remove_files(make_job("completed", slug="text_to_image")))
    assert (REMOVED in html, "you can make the picture again" in html, "Make it again" in html) == (True,) * 3


def test_the_list_shows_neither_a_broken_picture_nor_a_download(read, make_job):
    job = remove_files(make_job("completed"))
    html = read("jobs")
    assert ('<span class="pill">Files removed</span>' in html, f'href="/jobs/{job.id}/"' in html) == (
        True,
        True,
    )
    assert ("<img" in html, "/download/" in html) == (False, False)


def test_the_photo_of_another_job_does_not_stand_for_a_result_that_went(read, make_job):
    job = make_job("completed")
    job.artifacts.all().delete()
    Job.objects.filter(pk=job.pk).update(files_purged_at=PURGED_AT)
    assert "<img" not in read("jobs")


def test_home_shows_results_that_are_there(read, make_job):
    remove_files(make_job("completed", name="gone.jpg"))
    make_job("completed", name="here.jpg")
    html = read("home")
    assert ("here.jpg" in html, "gone.jpg" in html) == (True, False)


def test_the_download_of_a_job_whose_files_went_says_so(client, cast, make_job):
    client.force_login(cast.owner)
    answer = client.get(reverse("job_download", args=[remove_files(make_job("completed")).id]))
    assert (answer.status_code, REMOVED in answer.text) == (410, True)


def test_a_finished_job_says_until_when_it_is_kept(read, make_job):
    job = make_job("completed")
    job.artifacts.update(expires_at=PURGED_AT)
    assert f"kept until {moment(PURGED_AT, 'day')}" in read("job", job)


def test_a_failed_job_says_until_when_its_photo_is_kept(read, make_job, make_upload):
    job = make_job("failed")
    type(job.upload).objects.update(expires_at=PURGED_AT)
    assert f"Your photo is kept until {moment(PURGED_AT, 'day')}; you can try again." in read("job", job)


def test_a_failed_job_whose_photo_went_asks_for_it(read, make_job):
    job = make_job("failed")
    job.upload.delete()
    html = read("job", job)
    assert "Your photo was removed; add it again to try once more." in html
    assert ("Try again" in html, "<img" in html) == (False, False)
