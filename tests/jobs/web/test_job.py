"""The job page shows the right facts and actions in every status."""

import re

from django.urls import reverse

from billing.models import Plan
from jobs.models import Job
from tests.jobs.web.reading import squash

REFRESH = '<noscript><meta http-equiv="refresh" content="2"></noscript>'


def read(client, cast, job: Job) -> str:
    client.force_login(cast.owner)
    return squash(client.get(reverse("job", args=[job.id])).text)


def test_a_rendering_job_is_live(client, cast, make_job):
    job = make_job("processing")
    html = read(client, cast, job)
    for part in (
        "<title>56% fig.jpg · Creator</title>",
        REFRESH,
        f'<live-region src="/ws/jobs/{job.id}/html">',
        'data-title="56% fig.jpg · Creator"',
        "Film contrast · step 14 of 25",
        '<progress max="100" value="56"',
        f'href="/jobs/{job.id}/cancel/"',
    ):
        assert part in html


def test_a_queued_job_shows_no_bar_and_its_place_in_line(client, cast, make_job):
    html = read(client, cast, make_job())
    assert ("<progress" in html, REFRESH in html, "<title>Queued fig.jpg" in html) == (False, True, True)
    assert "1st in line" in html


def test_a_finished_job_compares_and_gives_everything_needed_to_repeat_it(client, cast, make_job):
    job = make_job("completed", seed=184220)
    html = read(client, cast, job)
    for part in (
        'alt="Before: fig.jpg"',
        'alt="After: Cinematic"',
        'aria-label="Compare before and after"',
        "fig-cinematic.png · 900 × 600 · 2.0",
        "<dd>184220</dd>",
        "<dd>Cinematic, version 1</dd>",
        "b" * 64,
        f'href="/new/?photo={job.upload_id}&amp;preset=cinematic"',
    ):
        assert part in html
    assert ("live-region" in html, REFRESH in html) == (False, False)


def test_the_record_names_file_and_preset_beyond_doubt(client, cast, make_job):
    job = make_job("completed")
    record = (
        read(client, cast, job)
        .partition("<summary>Technical details</summary>")[2]
        .partition("</details>")[0]
    )
    assert re.findall("<code>(.*?)</code>", record) == ["b" * 64, job.preset_version.digest, str(job.id)]
    assert read(client, cast, job).count("fig-cinematic.png") == 1


def test_a_failed_job_says_why_that_it_cost_nothing_and_offers_the_same_again(client, cast, make_job):
    job = make_job("failed", seed=77)
    html = read(client, cast, job)
    assert "<b>Making the picture took too long.</b><p>Nothing was charged." in html
    assert f"/new/?photo={job.upload_id}&amp;preset=cinematic&amp;p-" in html
    assert ("p-strength=1&amp;" in html, "seed=77" in html) == (True, True)


def test_a_cancelled_job_cost_nothing(client, cast, make_job):
    html = read(client, cast, make_job("cancelled"))
    assert "<b>This job was cancelled.</b><p>Nothing was charged.</p>" in html


def test_a_name_is_text_wherever_it_stands(client, cast, make_job):
    html = read(client, cast, make_job("processing", name='"><script>x</script>.jpg'))
    assert "<script>x" not in html
    assert html.count("&lt;script&gt;x") >= 4


def test_cancelling_a_queued_job_says_what_was_achieved(client, cast, make_job):
    job = make_job()
    Job.objects.filter(pk=job.pk).update(status="queued")
    client.force_login(cast.owner)
    asked = client.get(reverse("job_cancel", args=[job.id]))
    assert "Cancel this job?" in asked.text
    answer = client.post(reverse("job_cancel", args=[job.id]), follow=True)
    job.refresh_from_db()
    assert (job.status, "Cancelled before it began. Nothing was charged." in answer.text) == (
        "cancelled",
        True,
    )


def test_cancelling_a_rendering_job_is_a_request(client, cast, make_job):
    job = make_job("processing")
    client.force_login(cast.owner)
    answer = client.post(reverse("job_cancel", args=[job.id]), follow=True)
    job.refresh_from_db()
    assert (job.status, job.cancel_requested_at is None) == ("processing", False)
    assert "It is being stopped." in answer.text


def test_a_running_job_that_the_plan_does_not_stop_runs_on_and_its_page_says_why(client, cast, make_job):
    Plan.objects.update(cancels_per_hour=0)
    job = make_job("processing")
    client.force_login(cast.owner)
    answer = client.post(reverse("job_cancel", args=[job.id]), follow=True)
    job.refresh_from_db()
    assert (answer.redirect_chain, job.cancel_requested_at) == ([(f"/jobs/{job.id}/", 302)], None)
    assert "The Studio plan stops 0 running jobs in any hour. This job runs on" in answer.text


def test_cancelling_a_finished_job_is_too_late(client, cast, make_job):
    client.force_login(cast.owner)
    answer = client.post(reverse("job_cancel", args=[make_job("completed").id]), follow=True)
    assert "Too late: it had already ended." in answer.text


def test_a_finished_job_is_deleted_after_a_question(client, cast, make_job):
    job = make_job("completed")
    address = reverse("job_delete", args=[job.id])
    assert f'href="{address}"' in read(client, cast, job)
    asked = squash(client.get(address).text)
    assert "with its picture and your photo" in asked
    assert Job.objects.get().deleted_at is None
    answer = client.post(address, follow=True)
    assert answer.redirect_chain == [("/jobs/", 302)]
    assert "The job and its files are deleted." in answer.text
    assert [client.get(each).status_code for each in (address, reverse("job", args=[job.id]))] == [404, 404]


def test_the_question_says_that_a_photo_of_other_jobs_stays(client, cast, make_job):
    job, other = make_job("completed"), make_job("failed")
    Job.objects.filter(pk=other.pk).update(upload=job.upload)
    client.force_login(cast.owner)
    assert "Your photo stays" in client.get(reverse("job_delete", args=[job.id])).text


def test_a_job_in_progress_is_not_deleted(client, cast, make_job):
    job = make_job("processing")
    address = reverse("job_delete", args=[job.id])
    assert address not in read(client, cast, job)
    assert "Cancel it first" in client.get(address).text
    answer = client.post(address, follow=True)
    assert (answer.redirect_chain, "Cancel it first" in answer.text) == ([(f"/jobs/{job.id}/", 302)], True)


def test_a_stranger_deletes_nothing(client, cast, make_job):
    job = make_job("completed")
    client.force_login(cast.stranger)
    assert client.post(reverse("job_delete", args=[job.id])).status_code == 404
    assert Job.objects.get().deleted_at is None


def test_a_stranger_cancels_nothing(client, cast, make_job):
    job = make_job()
    client.force_login(cast.stranger)
    assert client.post(reverse("job_cancel", args=[job.id])).status_code == 404
    job.refresh_from_db()
    assert job.status == "queued"


def test_the_preview_is_never_stored(client, cast, make_job):
    from jobs.streaming.previews import keep_preview

    job = make_job("processing")
    keep_preview(job.id, b"RIFFwebp", "image/webp")
    client.force_login(cast.owner)
    answer = client.get(reverse("job_preview", args=[job.id]))
    assert (answer.content, answer["Content-Type"], answer["Cache-Control"]) == (
        b"RIFFwebp",
        "image/webp",
        "private, no-store",
    )
