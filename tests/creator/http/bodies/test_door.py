"""Who may send how much, tested through the server that the product runs on."""

import re
from dataclasses import replace

import pytest

from accounts.api_keys import make_api_key, revoke_api_key
from accounts.models import ApiKey
from billing.models import Plan
from creator.http.bodies.terms import MIB
from creator.lib.scratch import scratch_folder
from creator.senders import FORM_PHOTOS
from tests.creator.http.bodies.clients import JSON, PAGE, form, parts, raw, signed_in
from tests.jobs.execution.running import eventually

pytestmark = pytest.mark.django_db(transaction=True)
BIG = MIB + 1
PHOTO_MIB = 2


@pytest.fixture(autouse=True)
def small_photos(settings):
    settings.CONFIG = replace(settings.CONFIG, max_upload_mib=PHOTO_MIB)


@pytest.fixture
def browser(site, cast):
    return signed_in(site, cast.owner)


@pytest.fixture
def key(cast):
    return {"X-API-Key": make_api_key(owner=cast.owner, name="test")[1]}


def code_of(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize("path", ["/accounts/login/", "/nothing-here", "/jobs/", "/home/", "/api/v1/jobs"])
@pytest.mark.parametrize("declared", [True, False])
def test_elsewhere_1_mib_is_the_most_whoever_sends_it(browser, key, path, declared):
    answer = browser.post(path, content=b"x" * BIG if declared else parts(BIG), headers=JSON | key)
    assert code_of(answer) == (413, "body_too_large")
    assert "1 MB" in answer.json()["error"]["message"]


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_that_is_just_small_enough_gets_through(site, declared):
    answer = site.post("/nothing-here", content=b"x" * MIB if declared else parts(MIB))
    assert answer.status_code in (403, 404)


SENT_TO = [("/uploads/", PHOTO_MIB), ("/api/v1/uploads", PHOTO_MIB), ("/new/", FORM_PHOTOS * PHOTO_MIB)]


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize(("path", "most"), SENT_TO)
def test_a_known_sender_may_send_what_the_plan_takes(browser, key, path, most, declared):
    for size, accepted in ((most * MIB, True), ((most + 1) * MIB + 1, False)):
        answer = browser.post(path, content=b"x" * size if declared else parts(size), headers=JSON | key)
        assert (answer.status_code != 413) == accepted
    assert f"larger than {most} MB" in answer.json()["error"]["message"]


def test_a_smaller_plan_takes_less(browser):
    Plan.objects.update(upload_mib=1, batch_files=3)
    for path, most in (("/uploads/", 1), ("/new/", 3)):
        answer = browser.post(path, content=parts((most + 1) * MIB + 1), headers=JSON)
        assert (answer.status_code, f"larger than {most} MB" in answer.text) == (413, True)


@pytest.mark.parametrize("given", [{}, {"X-API-Key": "creator_wrong"}, {"Authorization": "Bearer no"}])
def test_without_a_key_that_works_the_api_reads_no_byte(site, given):
    status, answer = raw(site, "/api/v1/uploads", {"Content-Length": str(30 * MIB), **given})
    assert (status, b"not_authenticated" in answer, b"www-authenticate" in answer.lower()) == (
        401,
        True,
        True,
    )


def test_a_revoked_key_is_no_key(site, key):
    revoke_api_key(key=ApiKey.objects.get())
    assert raw(site, "/api/v1/uploads", {"Content-Length": "100", **key})[0] == 401


@pytest.mark.parametrize("cookie", ["", "sessionid=expired", "sessionid=" + "x" * 3000])
@pytest.mark.parametrize("declared", [True, False])
def test_the_zone_of_a_person_signed_out_hears_sign_in(site, cookie, declared):
    content = b"x" * 12 * MIB if declared else parts(12 * MIB)
    answer = site.post("/uploads/", content=content, headers=JSON | {"Cookie": cookie})
    assert code_of(answer) == (401, "not_authenticated")


def change_password(user):
    user.set_password("another one of theirs")
    user.save()


def block(user):
    user.is_active = False
    user.save()


@pytest.mark.parametrize("end", [change_password, block])
def test_a_session_that_pages_do_not_accept_counts_no_more(site, cast, end):
    browser = signed_in(site, cast.owner)
    end(cast.owner)
    assert code_of(browser.post("/uploads/", content=parts(2 * MIB), headers=JSON)) == (
        401,
        "not_authenticated",
    )


KEPT = [("csrfmiddlewaretoken", "c" * 32), ("preset", "cinematic"), ("p-strength", "0.4"), ("format", "webp")]


@pytest.mark.parametrize("photo", [100, 3 * MIB, 30 * MIB])
def test_a_form_of_a_person_signed_out_leads_to_signing_in_with_what_was_kept(site, presets, photo):
    site.cookies.set("csrftoken", "c" * 32)
    content, headers = form(*KEPT, photo=photo)
    answer = site.post("/new/", content=content, headers=PAGE | headers)
    location = answer.headers["Location"]
    assert (answer.status_code, location.split("?")[0]) == (302, "/accounts/login/")
    assert re.search(
        r"preset%3Dcinematic.*p-strength%3D0.4.*format%3Dwebp|format%3Dwebp.*p-strength", location
    )
    eventually(lambda: not list(scratch_folder().iterdir()))


def test_of_a_form_that_is_too_large_what_came_first_is_kept(site, presets):
    site.cookies.set("csrftoken", "c" * 32)
    content, headers = form(*KEPT, photo=80 * MIB)
    answer = site.post("/new/", content=content, headers=PAGE | headers)
    assert (answer.status_code, "preset%3Dcinematic" in answer.headers["Location"]) == (302, True)
    assert answer.headers["Connection"] == "close"


def test_fields_without_end_are_too_large_for_a_person_signed_out_too(site, presets):
    content, headers = form(*KEPT, ("p-prompt", "x" * 3 * MIB))
    answer = site.post("/new/", content=content, headers=PAGE | headers)
    assert (answer.status_code, "<h1>Too large</h1>" in answer.text) == (413, True)


@pytest.mark.parametrize("photo", [100, 3 * MIB])
def test_a_session_that_begins_to_work_meanwhile_starts_no_form_without_its_photos(
    site, cast, presets, monkeypatch, photo
):
    browser = signed_in(site, cast.owner)
    monkeypatch.setattr("creator.senders.find_by_session", lambda key: None)
    content, headers = form(*KEPT, photo=photo)
    answer = browser.post("/new/", content=content, headers=PAGE | headers)
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/accounts/login/")


def test_a_sender_is_looked_up_once_in_a_while(browser, key, django_assert_num_queries, monkeypatch):
    asked = []
    monkeypatch.setattr("creator.senders.limits_of", lambda owner: asked.append(owner) or limits_of(owner))
    for _ in range(3):
        browser.post("/uploads/", content=b"x", headers=JSON)
        browser.post("/api/v1/uploads", content=b"x", headers=key)
    assert len(asked) == 2


def limits_of(owner):
    from billing.plans import limits_of

    return limits_of(owner)
