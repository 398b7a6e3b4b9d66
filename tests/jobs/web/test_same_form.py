"""The form as it was: by its address, after a sign-in, and at home. None of it needs JavaScript."""

import re
import uuid
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from billing.models import Plan
from jobs.models import Job, Upload
from tests.jobs.web.reading import squash

PAGE = {"Accept": "text/html"}


@pytest.fixture
def sent(make_upload) -> dict:
    """A form with everything chosen; the box “Black bars” is not ticked."""
    photos = [str(make_upload(name=name).id) for name in ("one.jpg", "two.jpg")]
    return {
        "preset": "cinematic", "key": str(uuid.uuid4()), "upload": photos, "format": "webp",
        "p-strength": "0.4", "p-enlarge": "true", "seed": "12", "variations": "3",
    }  # fmt: skip


def assert_as_sent(html: str, sent: dict) -> None:
    html = squash(html)
    assert re.findall(r'name="upload" value="([^"]+)"', html) == sent["upload"]
    for part in ('value="cinematic"', 'name="p-strength" value="0.4"', 'name="seed" value="12"'):
        assert part in html
    assert ('value="webp" selected' in html, 'value="3" selected' in html) == (True, True)
    assert re.search(r'name="p-enlarge" value="true" checked', html)


@pytest.mark.parametrize("strict", [False, True], ids=["session-ended", "cookies-gone"])
def test_who_is_signed_out_signs_in_and_finds_the_form_as_it_was(cast, able_node, sent, strict):
    browser = Client(enforce_csrf_checks=strict)
    answer = browser.post(reverse("new_job"), sent, headers=PAGE)
    way_in = urlsplit(answer["Location"])
    assert (answer.status_code, way_in.path) == (302, reverse("account_login"))
    browser.force_login(cast.owner)
    (form,) = parse_qs(way_in.query)["next"]
    html = browser.get(form).text
    assert_as_sent(html, sent)
    assert not re.search(r'name="p-bars" value="true" checked', squash(html))
    assert Job.objects.count() == 0


def test_a_form_opened_before_the_sign_in_can_be_opened_again(cast, able_node, sent):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.owner)
    answer = browser.post(reverse("new_job"), sent, headers=PAGE)
    assert (answer.status_code, Job.objects.count()) == (403, 0)
    (form,) = re.findall(r'href="(/new/\?[^"]+)">Open the form again', answer.text)
    assert_as_sent(browser.get(form.replace("&amp;", "&")).text, sent)


@pytest.mark.parametrize("name", ["job_retry", "job_vary", "job_cancel"])
def test_other_forms_lead_back_to_the_job(client, make_job, name):
    job = make_job("completed")
    answer = client.post(reverse(name, args=[job.id]))
    page = "job_cancel" if name == "job_cancel" else "job"
    assert answer["Location"] == f"/accounts/login/?next={reverse(page, args=[job.id])}"


def test_home_shows_and_sends_on_what_was_chosen_elsewhere(client, cast, able_node, sent):
    client.force_login(cast.owner)
    query = {
        "photo": sent["upload"],
        "preset": "cinematic",
        "format": "webp",
        "p-strength": "0.4",
        "p-bars": "false",
    }
    html = squash(client.get(reverse("home"), query).text)
    assert re.findall(r'name="upload" value="([^"]+)"', html) == sent["upload"]
    assert "Strength 0.4" in html
    fields = dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', html))
    posted = {name: value for name, value in fields.items() if name != "csrfmiddlewaretoken"}
    client.post(reverse("new_job"), posted | {"upload": sent["upload"], "preset": "cinematic"})
    jobs = list(Job.objects.values_list("output_format", "parameters__strength", "parameters__bars"))
    assert jobs == [("webp", 0.4, False)] * 2


@pytest.mark.parametrize("page", ["home", "new_job"])
def test_photos_that_are_gone_or_too_many_are_told(client, cast, able_node, sent, page):
    client.force_login(cast.owner)
    gone = str(uuid.uuid4())
    told = client.get(reverse(page), {"photo": [*sent["upload"], gone]}).text
    assert "A photo that you had added is no longer stored" in told
    Plan.objects.update(batch_files=1)
    told = client.get(reverse(page), {"photo": sent["upload"]}).text
    assert "Left out, because the Studio plan takes 1 photo at a time: “two.jpg”." in told


def test_files_beyond_the_limit_are_named_and_not_read(client, cast, able_node):
    client.force_login(cast.owner)
    Plan.objects.update(batch_files=1)
    files = [SimpleUploadedFile(f"{name}.txt", b"no picture") for name in ("first", "second", "third")]
    answer = client.post(reverse("new_job"), {"preset": "cinematic", "photos": files})
    assert (answer.status_code, Upload.objects.count()) == (422, 0)
    assert "takes 1 photo at a time: “second.txt”, “third.txt”." in answer.text


def test_more_files_than_a_request_may_have_is_a_page_of_ours(client, cast, able_node, settings):
    client.force_login(cast.owner)
    files = [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FILES + 1)]
    answer = client.post(reverse("new_job"), {"preset": "cinematic", "photos": files}, headers=PAGE)
    assert answer.status_code == 413
    assert "Send fewer photos at a time." in answer.text
    assert 'href="/new/">Back to the form' in answer.text


def test_the_button_says_the_cost_before_any_script_runs(client, cast, able_node, sent):
    client.force_login(cast.owner)
    for preset, credits in (
        ("cinematic", 6),
        ("portrait_pro", 4),
    ):  # Portrait Pro has no seed, so no variations
        query = {"photo": sent["upload"], "preset": preset, "variations": "3"}
        assert f"Start 2 photos, {credits} credits" in client.get(reverse("new_job"), query).text
