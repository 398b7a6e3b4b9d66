"""Every page answers the right people, as one document with one heading."""

import re
import uuid

import pytest
from django.urls import reverse

OPEN_TO_ALL = ["landing", "presets", "pricing", "account_login", "account_signup", "account_reset_password"]
SIGNED_IN = ["home", "new_job", "jobs", "presets", "pricing", "billing"]
ACCOUNT = [
    "account_profile",
    "account_security",
    "account_sessions",
    "account_email",
    "account_change_password",
    "account_logout",
    "account_activity",
    "account_data",
    "account_delete",
    "account_keys",
    "notifications",
]
OF_A_JOB = ["job", "job_cancel"]
STATES = ["queued", "processing", "completed", "failed", "cancelled"]


def check_document(html: str) -> None:
    assert len(re.findall(r"<h1[ >]", html)) == 1
    assert html.count("<main ") == 1
    assert '<html lang="en"' in html
    assert re.search(r"<title>[^<]+ · Creator</title>|<title>Creator · [^<]+</title>", html)


@pytest.mark.parametrize("name", OPEN_TO_ALL)
def test_anybody_may_read_it(client, able_node, name):
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    check_document(answer.text)


@pytest.mark.parametrize("name", SIGNED_IN)
def test_signed_in_people_may_read_it_and_no_cache_may_keep_it(client, cast, able_node, name):
    client.force_login(cast.owner)
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    check_document(answer.text)
    assert "private" in answer["Cache-Control"]


@pytest.mark.parametrize("name", ACCOUNT)
def test_pages_of_the_account_stand_in_the_same_frame(client, cast, name):
    cast.owner.set_password("a long enough sentence")
    cast.owner.save()
    client.force_login(cast.owner)
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    check_document(answer.text)


@pytest.mark.parametrize("name", ["home", "new_job", "jobs"])
def test_others_are_asked_to_sign_in_and_come_back(client, db, name):
    answer = client.get(reverse(name))
    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={reverse(name)}")


def test_a_program_that_is_not_signed_in_gets_the_envelope(client, db):
    answer = client.get(reverse("home"), headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize("status", STATES)
@pytest.mark.parametrize("name", OF_A_JOB)
def test_the_owner_sees_the_job_and_a_stranger_does_not_learn_that_it_exists(
    client, cast, make_job, status, name
):
    job = make_job(status)
    address = reverse(name, args=[job.id])
    client.force_login(cast.owner)
    check_document(client.get(address).text)
    client.force_login(cast.stranger)
    refused, unknown = client.get(address), client.get(reverse(name, args=[uuid.uuid4()]))
    assert (refused.status_code, unknown.status_code) == (404, 404)
    assert same_words(refused.text) == same_words(unknown.text)


def same_words(html: str) -> str:
    """Remove what differs between any two answers: tokens, ids in addresses, the reference."""
    return re.sub(r'value="[^"]*"|[0-9a-f]{32}|[0-9a-f-]{36}', "", html)


@pytest.mark.parametrize("name", ["job_preview", "job_download"])
def test_a_stranger_gets_no_picture(client, cast, make_job, name):
    job = make_job("completed")
    client.force_login(cast.stranger)
    assert client.get(reverse(name, args=[job.id])).status_code == 404


def test_a_method_that_is_not_taken_is_405(client, cast):
    client.force_login(cast.owner)
    answer = client.post(reverse("jobs"))
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


def test_the_page_of_a_preset_shows_its_price_and_whether_it_can_run(client, able_node):
    able = client.get(reverse("preset", args=["portrait_pro"])).text
    unable = client.get(reverse("preset", args=["text_to_image"])).text
    assert ("2 credits" in able, "Use this preset" in able) == (True, True)
    assert ("No node can run this yet." in unable, "Use this preset" in unable) == (True, False)
    assert client.get(reverse("preset", args=["nothing"])).status_code == 404


def test_download_leads_to_a_link_with_the_results_own_name(client, cast, make_job):
    job = make_job("completed", name="fig.jpg", output_format="jpeg")
    client.force_login(cast.owner)
    answer = client.get(reverse("job_download", args=[job.id]))
    assert answer.status_code == 302
    assert answer["Location"].endswith("/fig-cinematic.jpg")
    assert client.get(reverse("job_download", args=[make_job().id])).status_code == 404
