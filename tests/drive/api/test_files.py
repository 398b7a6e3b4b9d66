"""Files of a folder by the API, in pages, and their pictures made again for a cost that is said before."""

import pytest
from django.utils import timezone

from billing.models import CreditAccount
from drive.enums import FileState
from drive.models import FoundFile, Picture
from jobs.enums import JobStatus
from tests.drive.api.conftest import refused, send


@pytest.fixture
def place(folder):
    return f"folders/{folder.pk}"


def test_each_file_says_what_became_of_it(api, place, find, take, make_job):
    now = timezone.now()
    done, gone = make_job(JobStatus.COMPLETED), make_job(JobStatus.COMPLETED, deleted_at=now)
    files = [take("done.jpg", job=done), take("deleted.jpg", job=gone), find("waits.jpg")]
    files.append(find("bad.gif", state=FileState.REFUSED, problem="This is an animation."))
    find("hidden.txt", state=FileState.IGNORED)
    Picture.objects.filter(job=done).update(delivered_at=now)
    found = send(api, "GET", f"{place}/files").json()
    assert [each["id"] for each in found["files"]] == [file.pk for file in reversed(files)]
    assert found["next"] is None
    by_name = {each["name"]: each for each in found["files"]}
    assert by_name["done.jpg"] == {
        "id": files[0].pk,
        "name": "done.jpg",
        "size": 1000,
        "state": "taken",
        "problem": "",
        "found_at": by_name["done.jpg"]["found_at"],
        "job_id": str(done.pk),
        "job_status": "completed",
        "delivered_at": by_name["done.jpg"]["delivered_at"],
    }
    assert by_name["done.jpg"]["delivered_at"]
    assert (by_name["deleted.jpg"]["job_id"], by_name["deleted.jpg"]["job_status"]) == (None, None)
    assert (by_name["waits.jpg"]["state"], by_name["waits.jpg"]["job_id"]) == ("found", None)
    assert by_name["bad.gif"]["problem"] == "This is an animation."


def test_pages_follow_each_other_while_files_come(api, place, find):
    names = [f"{number}.jpg" for number in range(5)]
    for name in names:
        find(name)
    seen, address = [], f"/api/v1/drive/{place}/files?limit=2"
    while address:
        page = api.get(address).json()
        seen += [each["name"] for each in page["files"]]
        address = page["next"]
        find(f"later {len(seen)}.jpg")
    assert seen == names[::-1]


@pytest.mark.parametrize("cursor", ["x", "-", "MA", "LTE", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "4pyT"])
def test_a_cursor_that_is_none_is_named(api, place, cursor):
    assert refused(send(api, "GET", f"{place}/files?cursor={cursor}")) == (
        422,
        "invalid_parameters",
        {"cursor"},
    )


def test_queries_do_not_grow(api, place, take, make_job, django_assert_num_queries):
    take("first.jpg", job=make_job(JobStatus.COMPLETED))
    send(api, "GET", f"{place}/files")
    with django_assert_num_queries(3):
        send(api, "GET", f"{place}/files")
    for number in range(5):
        take(f"{number}.jpg", job=make_job(JobStatus.COMPLETED))
    with django_assert_num_queries(3):
        send(api, "GET", f"{place}/files")


def test_the_last_pictures_are_made_again_once_a_request(api, place, take, presets):
    for number in range(3):
        take(f"{number}.jpg", sha256=f"{number:064}")
    price = presets["cinematic"].preset.price
    told = send(api, "GET", f"{place}/again").json()
    assert told == {"run": 1, "pictures": 3, "price": price, "credits": 3 * price}
    asked = {"most_credits": told["credits"]}
    key = {"Idempotency-Key": "one"}
    first, second = (send(api, "POST", f"{place}/again", asked, **key) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 200)
    assert first.json() == second.json() == told
    assert first["Location"] == f"http://testserver/api/v1/drive/{place}/files"
    assert FoundFile.objects.filter(state=FileState.FOUND, run=1).count() == 3
    third = send(api, "POST", f"{place}/again", {"run": 1}).json()
    assert (third["pictures"], third["credits"]) == (0, 0)


def test_what_does_not_allow_it_is_said(api, place, take, folder):
    assert refused(send(api, "POST", f"{place}/again"))[:2] == (409, "too_late")
    take("a.jpg", sha256="0" * 64)
    assert refused(send(api, "POST", f"{place}/again", {"most_credits": 0})) == (
        422,
        "invalid_parameters",
        {"most_credits"},
    )
    CreditAccount.objects.filter(owner=folder.owner).update(spend_cap=0)
    assert refused(send(api, "POST", f"{place}/again"))[:2] == (402, "spend_cap")
    assert not FoundFile.objects.filter(state=FileState.FOUND).exists()
