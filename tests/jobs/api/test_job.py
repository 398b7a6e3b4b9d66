"""Jobs as programs see them: one job, pages of jobs, a batch. Other users' rows are 404 or left out."""

import uuid
from base64 import b64encode
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from jobs.enums import JobStatus
from jobs.models import Artifact, Job
from jobs.retention import purge_expired
from jobs.streaming.previews import keep_preview
from tests.jobs.api.addresses import ID
from tests.jobs.lifecycle import rows

pytestmark = pytest.mark.usefixtures("rings")
SHOWN = {
    "id", "name", "sequence", "status", "stage", "percent", "words", "step", "steps", "position", "eta", "why",
    "cancelling", "preset", "preset_version", "parameters", "seed", "output_format", "price", "lines", "result_size", "input", "artifacts", "metadata",
    "preview_url", "error", "created_at", "started_at", "completed_at", "files_expire_at", "files_purged_at", "batch_id", "rerun_of",
    "status_url", "websocket_url", "events_url",
}  # fmt: skip


def get(api, path: str) -> dict:
    answer = api.get(path)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-cache")
    return answer.json()


@pytest.mark.parametrize("status", JobStatus.values)
def test_a_job_in_every_state(api, make_job, status):
    job = make_job(status, seed=5)
    shown = get(api, f"/api/v1/jobs/{job.id}")
    assert (set(shown), shown["id"], shown["status"]) == (SHOWN, str(job.id), status)
    assert (shown["preset"], shown["seed"], shown["batch_id"]) == ("slow", 5, str(job.batch_id))
    assert [shown[name] and parse_datetime(shown[name]) for name in ("started_at", "completed_at")] == [
        job.started_at,
        job.finished_at,
    ]
    assert get(api, "/api/v1/jobs")["jobs"] == [get(api, f"/api/v1/jobs/{job.id}")]


@pytest.mark.parametrize(
    ("status", "kinds"),
    [
        ("queued", ["quoted", "held"]),
        ("processing", ["quoted", "held"]),
        ("completed", ["quoted", "held", "charged"]),
        ("failed", ["quoted", "held", "returned"]),
        ("cancelled", ["quoted", "held", "returned"]),
    ],
)
def test_a_job_tells_what_became_of_its_credits(api, make_job, status, kinds):
    job = make_job(status)
    lines = get(api, f"/api/v1/jobs/{job.id}")["lines"]
    times = [parse_datetime(line.pop("at")) for line in lines]
    assert lines == [{"kind": kind, "credits": job.price} for kind in kinds]
    assert (times[0], times) == (job.created_at, sorted(times))


def test_a_queued_job_tells_its_place(api, make_job):
    jobs = [make_job(), make_job()]
    places = [get(api, f"/api/v1/jobs/{job.id}")["position"] for job in jobs]
    assert places == [1, 2]


def test_work_in_progress_is_seen_by_its_owners_key_alone(api, stranger, make_job):
    job = make_job("processing")
    path = f"/api/v1/jobs/{job.id}"
    assert (get(api, path)["preview_url"], api.get(f"{path}/preview").status_code) == (None, 404)
    keep_preview(job.id, b"half a picture", "image/webp")
    url = get(api, path)["preview_url"]
    answer = api.get(url)
    assert (url, answer.content, answer["Content-Type"]) == (
        f"http://testserver{path}/preview",
        b"half a picture",
        "image/webp",
    )
    assert (answer["Cache-Control"], answer["X-Content-Type-Options"]) == ("private, no-store", "nosniff")
    assert stranger.get(url).json()["error"]["code"] == "not_found"


def test_a_failed_job_tells_why(api, make_job):
    error = get(api, f"/api/v1/jobs/{make_job('failed').id}")["error"]
    assert error == {"code": "timeout", "message": "Making the picture took too long."}


def test_a_result_is_a_link_that_works_without_a_key(api, client, make_job, settings):
    job, before = make_job("completed"), timezone.now()
    result = next(
        each for each in get(api, f"/api/v1/jobs/{job.id}")["artifacts"] if each["kind"] == "result"
    )
    assert (result["sha256"], result["size"], result["width"], result["height"]) == ("b" * 64, 2048, 90, 60)
    step = timedelta(seconds=settings.CONFIG.link_seconds)
    assert before + step <= parse_datetime(result["expires_at"]) <= timezone.now() + 2 * step
    key = Artifact.objects.get(job=job, kind="result").key
    file = settings.DATA_DIR / "files" / key
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"picture")
    assert client.get(result["url"].removeprefix("http://testserver"))["Content-Length"] == "7"


def test_a_job_tells_until_when_its_files_are_kept(api, make_job):
    job = make_job("completed")
    shown = get(api, f"/api/v1/jobs/{job.id}")
    assert (parse_datetime(shown["files_expire_at"]), shown["files_purged_at"]) == (job.files_expire_at, None)
    told = [parse_datetime(each["kept_until"]) for each in shown["artifacts"]]
    assert told == [each.expires_at for each in job.artifacts.all()]
    assert len(told) == 3


def test_a_job_whose_files_were_removed_says_when(api, client, make_job):
    job = make_job("completed")
    url = get(api, f"/api/v1/jobs/{job.id}")["artifacts"][0]["url"].removeprefix("http://testserver")
    Artifact.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    purge_expired()
    job.refresh_from_db()
    shown = get(api, f"/api/v1/jobs/{job.id}")
    assert (parse_datetime(shown["files_purged_at"]), shown["artifacts"]) == (job.files_purged_at, [])
    answer = client.get(url, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "gone")


def test_the_photo_of_a_job_is_told(api, cast, presets, node):
    photo = rows.make_upload(cast.owner)
    job = rows.submit_one(cast.owner, presets["cinematic"], photos=[photo])
    told = get(api, f"/api/v1/jobs/{job.id}")
    assert told["input"] == {"upload_id": str(photo.id), "name": "photo.jpg", "width": 640, "height": 480}


def test_a_job_tells_what_its_picture_was_made_with(api, make_job):
    job = make_job("completed", seed=5, output_format="webp")
    Job.objects.update(started_at=job.finished_at - timedelta(seconds=3))
    assert get(api, f"/api/v1/jobs/{job.id}")["metadata"] == {
        "preset": "slow",
        "preset_version": 1,
        "preset_digest": job.preset_version.digest,
        "seed": 5,
        "parameters": {"seconds": 0.0, "preview": False},
        "output_format": "webp",
        "seconds": 3.0,
    }


def walk(api, path: str) -> list[list[str]]:
    """Return the job ids of each page, following the `next` links."""
    pages = []
    while path:
        page = get(api, path.removeprefix("http://testserver"))
        pages.append([each["id"] for each in page["jobs"]])
        path = page["next"]
    return pages


def test_pages_are_newest_first_and_whole(api, make_job):
    made = [make_job() for _ in range(7)]
    same_moment = made[3].created_at
    Job.objects.filter(pk__in=[job.pk for job in made[2:5]]).update(created_at=same_moment)
    pages = walk(api, "/api/v1/jobs?limit=2")
    expected = Job.objects.order_by("-created_at", "-id").values_list("id", flat=True)
    assert [len(page) for page in pages] == [2, 2, 2, 1]
    assert [each for page in pages for each in page] == [str(each) for each in expected]


def test_jobs_that_come_meanwhile_shift_no_page(api, make_job):
    made = [make_job() for _ in range(4)]
    first = get(api, "/api/v1/jobs?limit=2")
    make_job()
    second = get(api, first["next"].removeprefix("http://testserver"))
    assert [each["id"] for each in second["jobs"]] == [str(made[1].id), str(made[0].id)]


def test_a_page_has_thirty_jobs_unless_asked(api, cast, slow):
    rows.submit(cast.owner, slow)
    template = Job.objects.get()
    for number in range(31):
        template.pk = uuid.uuid4()
        template.save(force_insert=True)
        rows.JobProgress.objects.create(job=template, sequence=number)
    assert [len(walk(api, f"/api/v1/jobs{query}")[0]) for query in ("", "?limit=100")] == [30, 32]


def test_filters_narrow_the_list(api, make_job):
    done, queued = make_job("completed"), make_job()
    for query, expected in (
        ("status=completed", [done]),
        ("status=failed", []),
        ("preset=slow", [queued, done]),
        ("preset=cinematic", []),
        (f"batch={queued.batch_id}", [queued]),
        (f"batch={queued.batch_id}&status=completed", []),
    ):
        assert walk(api, f"/api/v1/jobs?{query}") == [[str(job.id) for job in expected]]


def test_several_statuses_are_told_apart_by_commas_or_by_repeats(api, make_job):
    done, failed, queued = make_job("completed"), make_job("failed"), make_job()
    for query, expected in (
        ("status=completed,failed", [failed, done]),
        ("status=completed&status=queued", [queued, done]),
        ("status=queued,queued", [queued]),
        ("status=failed,cancelled&status=completed", [failed, done]),
    ):
        assert walk(api, f"/api/v1/jobs?{query}") == [[str(job.id) for job in expected]]


def test_a_list_may_begin_after_and_end_before_a_time(api, make_job):
    jobs = [make_job() for _ in range(3)]
    first, middle, last = (quote(job.created_at.isoformat()) for job in jobs)
    for query, expected in (
        (f"created_after={first}", [jobs[2], jobs[1]]),
        (f"created_before={last}", [jobs[1], jobs[0]]),
        (f"created_after={first}&created_before={last}", [jobs[1]]),
        (f"created_after={middle}&created_before={middle}", []),
        ("created_after=2001-01-01T00:00:00", list(reversed(jobs))),
        ("created_after=2001-01-01T00:00:00-11:00", list(reversed(jobs))),
        ("created_before=0001-01-01T00:00:00Z", []),
    ):
        assert [each["id"] for each in get(api, f"/api/v1/jobs?{query}")["jobs"]] == [
            str(job.id) for job in expected
        ]


def test_filters_go_on_to_the_next_page(api, make_job):
    made = [make_job("completed") for _ in range(3)]
    make_job()
    for filters in (
        "status=completed",
        "status=completed&status=failed",
        "created_after=2001-01-01&preset=slow&status=completed",
    ):
        pages = walk(api, f"/api/v1/jobs?{filters}&limit=1")
        assert pages == [[str(job.id)] for job in reversed(made)]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("status=done", "status"),
        ("status=queued,done", "status"),
        ("status=queued&status=done", "status"),
        ("status=", "status"),
        ("created_after=yesterday", "created_after"),
        ("created_after=2026-11-01T09:30:00+01:00", "created_after"),
        ("created_before=0001-01-01T00:00:00%2B23:00", "created_before"),
        ("created_before=9999-12-31T23:59:59-23:00", "created_before"),
        ("created_before=2026-13-01", "created_before"),
        ("batch=7", "batch"),
        ("cursor=x", "cursor"),
        ("cursor=%F0%9F", "cursor"),
        ("cursor=MjAyNi0wMS0wMSAw", "cursor"),
        (f"cursor={b64encode(b'0001-01-01T00:00+23:59 ' + b'0' * 32).decode()}", "cursor"),
        ("page=2", "page"),
    ],
)
def test_a_wrong_query_is_refused_by_name(api, make_job, query, field):
    answer = api.get(f"/api/v1/jobs?{query}")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], set(error["details"])) == (422, "invalid_parameters", {field})


def test_a_batch_counts_its_jobs(api, cast, slow, node):
    jobs = rows.submit(cast.owner, slow, variations=3)
    rows.claim(jobs[0], node)
    shown = get(api, f"/api/v1/batches/{jobs[0].batch_id}")
    assert [each["id"] for each in shown["jobs"]] == [str(job.id) for job in jobs]
    assert shown["counts"] == {"queued": 2, "processing": 1, "completed": 0, "failed": 0, "cancelled": 0}
    assert (shown["finished"], shown["id"]) == (False, str(jobs[0].batch_id))


def test_a_strangers_rows_are_not_there(stranger, make_job):
    job = make_job("completed")
    there = [("GET", f"/api/v1/jobs/{job.id}")]
    there += [("POST", f"/api/v1/jobs/{job.id}/{act}") for act in ("cancel", "retry", "vary")]
    there += [("GET", f"/api/v1/batches/{job.batch_id}"), ("POST", f"/api/v1/batches/{job.batch_id}/cancel")]
    for method, path in there:
        missing = path.replace(str(job.id), str(ID)).replace(str(job.batch_id), str(ID))
        answers = [stranger.generic(method, each) for each in (path, missing)]
        errors = [answer.json()["error"] | {"request_id": ""} for answer in answers]
        assert ([answer.status_code for answer in answers], errors[0]) == ([404, 404], errors[1])
    assert (get(stranger, "/api/v1/jobs")["jobs"], Job.objects.count()) == ([], 1)
    assert walk(stranger, f"/api/v1/jobs?batch={job.batch_id}") == [[]]


def queries_of(api, path: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert api.get(path).status_code == 200
    return len(asked)


def queries_without_caches(api, path):
    """A cached estimate could expire during one of the compared requests."""
    rows.let_caches_expire()
    return queries_of(api, path)


def test_the_number_of_queries_is_the_same_for_any_number_of_jobs(api, cast, slow, make_job):
    counted = []
    for count in (1, 3):
        for status in JobStatus.values * count:
            make_job(status)
        batch = rows.submit(cast.owner, slow, variations=count)[0].batch_id
        paths = ("/api/v1/jobs?limit=100", f"/api/v1/batches/{batch}")
        api.get(paths[0])  # records the use of the key, and fills the cache of manifests
        counted.append([queries_without_caches(api, path) for path in paths])
    assert counted[0] == counted[1]


def test_presets_tell_what_can_be_made(api, slow, presets):
    shown = {each["slug"]: each for each in get(api, "/api/v1/presets")["presets"]}
    assert set(shown) == {"slow", *presets}
    assert (shown["slow"]["available"], shown["slow"]["price"], shown["slow"]["needs_photo"]) == (
        True,
        3,
        False,
    )
    assert (shown["text_to_image"]["available"], shown["text_to_image"]["why"]) == (
        False,
        "No node can run this yet.",
    )
    seconds = shown["slow"]["parameters"]["properties"]["seconds"]
    assert (seconds["minimum"], seconds["maximum"], seconds["default"]) == (0.0, 60.0, 0.0)
