"""`POST /jobs` with a file of a watched folder: read where it lies, and refused in words where that is not possible."""

import pytest
from django.db import connection as database

from billing.models import CreditAccount, Plan
from billing.plans import limits_of
from creator.lib.ttl_cache import clear_all
from drive import opening
from drive.enums import FileState, SourceKind, Trouble
from drive.folders import stop_watching
from drive.inputs import read_found
from drive.models import Connection
from drive.sources.base import AccessLost, Away, Full
from drive.sources.folder.looking import version_of
from jobs.models import Job, Upload
from tests.drive.api.conftest import api, refused  # noqa: F401  (a fixture)
from tests.drive.flow.conftest import photo
from tests.drive.flow.memory import Memory
from tests.drive.google.conftest import ANN, connect, google  # noqa: F401  (fixtures)
from tests.jobs.api.conftest import program
from tests.jobs.web.conftest import able_node  # noqa: F401  (a fixture)

pytestmark = pytest.mark.usefixtures("rings")


def post(client, file, **more):
    asked = {"preset": "cinematic", "drive_file": file.pk} | more
    return client.post("/api/v1/jobs", asked, content_type="application/json")


@pytest.fixture
def lying(root, find):
    """A photo that lies in the folder and was found there."""
    place = root / "inbox" / "IMG_2041.jpg"
    place.write_bytes(photo())
    return find(place.name, version=version_of(place.stat()), size=place.stat().st_size)


def test_it_is_the_photo_of_the_job_and_stays_where_it_is(api, root, lying):  # noqa: F811
    assert post(api, lying).status_code == 202
    assert Job.objects.get().upload.name == "IMG_2041.jpg"
    assert (root / "inbox" / "IMG_2041.jpg").read_bytes() == photo()
    lying.refresh_from_db()
    assert lying.state == FileState.FOUND, "the folder takes it as before"


@pytest.mark.parametrize("change", ["deleted", "overwritten", "replaced by a link"])
def test_another_file_in_its_place_is_never_read(api, root, lying, change):  # noqa: F811
    place = root / "inbox" / "IMG_2041.jpg"
    place.unlink()
    if change == "overwritten":
        place.write_bytes(photo("blue"))
    elif change == "replaced by a link":
        (root / "secret.jpg").write_bytes(photo())
        place.symlink_to(root / "secret.jpg")
    answer = post(api, lying)
    assert refused(answer) == (422, "invalid_parameters", {"drive_file"})
    assert "no longer there" in answer.json()["error"]["details"]["drive_file"]
    assert not Upload.objects.exists()


def test_one_that_is_too_large_names_the_plan(api, root, lying):  # noqa: F811
    Plan.objects.update(upload_mib=1)
    clear_all()
    place = root / "inbox" / "IMG_2041.jpg"
    place.write_bytes(photo() + b"\0" * 2**20)
    lying.version, lying.size = version_of(place.stat()), place.stat().st_size
    lying.save()
    answer = post(api, lying)
    assert refused(answer)[:2] == (413, "body_too_large")
    assert "the most that the" in answer.json()["error"]["message"]


def test_one_that_is_no_picture_is_refused_as_an_upload_is(api, root, lying):  # noqa: F811
    place = root / "inbox" / "IMG_2041.jpg"
    place.write_bytes(b"no picture")
    lying.version, lying.size = version_of(place.stat()), 10
    lying.save()
    assert refused(post(api, lying))[:2] == (422, "unsupported_image")


def ended(file):
    stop_watching(file.folder)


def never_told(file):
    file.state = FileState.IGNORED
    file.save()


@pytest.mark.parametrize("change", [ended, never_told])
def test_what_its_owner_is_not_shown_cannot_be_named(api, lying, change):  # noqa: F811
    change(lying)
    assert refused(post(api, lying)) == (404, "not_found", {"drive_file"})


def test_others_files_are_unknown(cast, lying, able_node):  # noqa: F811
    assert refused(post(program(cast.other), lying)) == (404, "not_found", {"drive_file"})


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        (Away("500"), (503, "service_unavailable", set())),
        (Full("odd"), (503, "service_unavailable", set())),
        (AccessLost("revoked"), (422, "invalid_parameters", {"drive_file"})),
    ],
)
def test_a_source_that_does_not_give_it_is_said_in_words(api, lying, monkeypatch, error, refusal):  # noqa: F811
    memory = Memory(fail={"read": [error]})
    monkeypatch.setitem(opening._OPENERS, SourceKind.FOLDER, memory.open)
    answer = post(api, lying)
    assert refused(answer) == refusal
    assert (answer.get("Retry-After") is not None) == (refusal[0] == 503)
    trouble = Connection.objects.get().trouble
    assert trouble == (Trouble.ACCESS_LOST if isinstance(error, AccessLost) else "")


def test_a_plan_without_drives_reads_none(api, lying):  # noqa: F811
    CreditAccount.objects.filter(owner=lying.folder.owner).update(plan_id="free")
    Connection.objects.update(kind="google")
    clear_all()
    assert refused(post(api, lying))[:2] == (403, "plan_required")


def test_no_copy_is_left_and_no_transaction_waits(lying, person):
    outside = len(database.savepoint_ids)
    with read_found(person, lying.pk, limits_of(person.pk)) as (path, name):
        assert (path.read_bytes(), name) == (photo(), "IMG_2041.jpg")
        assert len(database.savepoint_ids) == outside
    assert not path.exists()


def test_a_file_in_google_drive(api, person, google, connect, watch, find):  # noqa: F811
    there = google.world.put(ANN, "a.jpg", parent=google.inbox, content=photo(), mime_type="image/jpeg")
    folder = watch(connection=connect(person), input_id=google.inbox, output_id=google.outbox)
    with opening.open_source(folder.connection) as source:
        (seen,) = source.look([google.inbox], None).files
    file = find(
        "a.jpg",
        folder=folder,
        source_id=seen.id,
        version=seen.version,
        size=seen.size,
        sha256=seen.sha256,
        mime=seen.mime,
    )
    assert post(api, file).status_code == 202
    google.world.files[there.id].trashed = True
    assert refused(post(api, file, parameters={"grain": 0.1})) == (422, "invalid_parameters", {"drive_file"})
    assert Job.objects.count() == 1
