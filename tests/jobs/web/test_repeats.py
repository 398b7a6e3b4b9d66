"""Retrying a job, varying it, and cancelling a batch from the pages."""

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.ledger import credit_account_of
from jobs.enums import JobStatus
from jobs.lifecycle import cancel_job
from jobs.models import Batch, Job
from jobs.retention import delete_job
from tests.jobs.lifecycle import rows


def press(client, name, job, **fields):
    return client.post(reverse(name, args=[job.id]), fields)


@pytest.mark.parametrize(
    ("name", "status", "same_seed"), [("job_retry", "failed", True), ("job_vary", "completed", False)]
)
def test_a_final_job_is_repeated_on_a_page_of_its_own(client, cast, make_job, name, status, same_seed):
    job = make_job(status, seed=77)
    client.force_login(cast.owner)
    answer = press(client, name, job, key=uuid.uuid4())
    made = Job.objects.exclude(pk=job.pk).get()
    assert answer.headers["Location"] == reverse("job", args=[made.id])
    assert (made.rerun_of_id, made.status, made.parameters) == (job.id, JobStatus.QUEUED, job.parameters)
    assert (made.seed == 77) is same_seed
    assert credit_account_of(cast.owner.pk).reserved == made.price


@pytest.mark.django_db(transaction=True)
def test_a_second_click_after_the_repeat_was_deleted_says_so(client, cast, make_job):
    job, key = make_job("failed"), uuid.uuid4()
    client.force_login(cast.owner)
    press(client, "job_retry", job, key=key)
    again = Job.objects.exclude(pk=job.pk).get()
    cancel_job(job=again)
    delete_job(again)
    assert press(client, "job_retry", job, key=key).headers["Location"] == reverse("job", args=[job.id])
    assert "What this request started was deleted meanwhile." in page_of(client, job)


def page_of(client, job):
    return client.get(reverse("job", args=[job.id])).text


@pytest.mark.parametrize(
    ("slug", "parameters", "varied"),
    [("cinematic", {}, True), ("cinematic", {"grain": 0.0}, False), ("product_glow", {}, False)],
)
def test_vary_and_the_seed_are_shown_where_a_seed_changes_the_picture(
    client, cast, make_job, slug, parameters, varied
):
    job = make_job("completed", slug=slug, parameters=parameters)
    client.force_login(cast.owner)
    html = page_of(client, job)
    assert (reverse("job_vary", args=[job.id]) in html, "<dt>Seed</dt>" in html) == (
        varied,
        slug == "cinematic",
    )


def test_a_stored_picture_is_not_offered_again_and_a_repeat_is_free(client, cast, presets):
    job = rows.submit_one(cast.owner, presets["cinematic"], photos=[rows.make_upload(cast.owner)], seed=5)
    before = credit_account_of(cast.owner.pk).available
    rows.put_into(job, "completed")
    client.force_login(cast.owner)
    assert reverse("job_retry", args=[job.id]) not in page_of(client, job)
    answer = press(client, "job_retry", job)
    assert answer.headers["Location"] == reverse("job", args=[job.id])
    assert "This picture is made already" in page_of(client, job)
    assert (Job.objects.count(), credit_account_of(cast.owner.pk).available) == (1, before)
    Job.objects.filter(pk=job.pk).update(files_purged_at=timezone.now())
    assert reverse("job_retry", args=[job.id]) in page_of(client, job)


def test_a_button_pressed_twice_makes_one_job(client, cast, make_job):
    job, key = make_job("failed"), uuid.uuid4()
    client.force_login(cast.owner)
    pages = {press(client, "job_retry", job, key=key).headers["Location"] for _ in range(2)}
    assert (len(pages), Job.objects.count()) == (1, 2)


def test_what_is_refused_is_said_on_the_page_of_the_job(client, cast, make_job):
    job = make_job("processing")
    client.force_login(cast.owner)
    answer = client.post(reverse("job_retry", args=[job.id]), follow=True)
    assert "This job is not done yet. You can repeat it when it is." in answer.text
    assert Job.objects.count() == 1


@pytest.mark.parametrize("name", ["job_retry", "job_vary"])
def test_a_stranger_repeats_nothing(client, cast, make_job, name):
    job = make_job("completed")
    client.force_login(cast.stranger)
    assert (press(client, name, job).status_code, Job.objects.count()) == (404, 1)


def test_a_job_whose_photo_is_gone_offers_its_settings_alone(client, cast, make_job):
    job = make_job("completed")
    Job.objects.filter(pk=job.pk).update(upload=None)
    client.force_login(cast.owner)
    html = client.get(reverse("job", args=[job.id])).text
    assert (reverse("job_vary", args=[job.id]) in html, "Change the settings" in html) == (False, True)


@pytest.fixture
def batch(cast, make_job) -> Batch:
    """A batch of two queued jobs and a completed one."""
    batch = Batch.objects.create(owner=cast.owner, key=uuid.uuid4())
    for status in ("queued", "queued", "completed"):
        make_job(status, batch=batch)
    return batch


def test_a_batch_is_called_off_at_once(client, cast, batch):
    client.force_login(cast.owner)
    job = batch.jobs.filter(status="queued").first()
    assert "Cancel all 2" in client.get(reverse("job_cancel", args=[job.id])).text
    answer = client.post(reverse("batch_cancel", args=[batch.id]), follow=True)
    assert "2 jobs are cancelled or being stopped." in answer.text
    assert sorted(batch.jobs.values_list("status", flat=True)) == ["cancelled", "cancelled", "completed"]


def test_a_stranger_calls_nothing_off(client, cast, batch):
    client.force_login(cast.stranger)
    assert client.post(reverse("batch_cancel", args=[batch.id])).status_code == 404
    assert batch.jobs.filter(status="cancelled").count() == 0


def test_several_pictures_of_each_photo_are_asked_for_in_the_form(client, cast, able_node, make_upload):
    client.force_login(cast.owner)
    photo = make_upload()
    client.post(
        reverse("new_job"), {"preset": "cinematic", "upload": photo.id, "variations": "3", "defaults": "1"}
    )
    assert len(set(Job.objects.values_list("seed", flat=True))) == 3


def test_too_many_of_each_are_refused_by_name(client, cast, able_node, make_upload):
    client.force_login(cast.owner)
    answer = client.post(
        reverse("new_job"),
        {"preset": "cinematic", "upload": make_upload().id, "variations": "9", "defaults": "1"},
    )
    assert answer.status_code == 422
    assert '<a href="#f-variations">Variations</a>: Choose from 1 to 8 variations.' in answer.text
