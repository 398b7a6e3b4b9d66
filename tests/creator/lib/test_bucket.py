"""A bucket behaves like a folder of files and needs one request per file."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.storage import storages

from creator import backends

pytestmark = pytest.mark.services


@pytest.fixture
def bucket(services, settings):
    config = replace(
        settings.CONFIG,
        s3_bucket=services["S3_BUCKET"],
        s3_endpoint_url=services["S3_ENDPOINT_URL"],
        s3_access_key_id=services["S3_ACCESS_KEY_ID"],
        s3_secret_access_key=services["S3_SECRET_ACCESS_KEY"],
    )
    files = backends.files(config)
    return storages.create_storage(files | {"OPTIONS": files["OPTIONS"] | {"location": f"trial/{uuid4()}"}})


@pytest.fixture
def requests(bucket):
    """The names of the S3 requests sent since the fixture was set up."""
    sent = []
    events = bucket.bucket.meta.client.meta.events
    events.register("before-call.s3", lambda model, **_: sent.append(model.name))
    return sent


def test_what_is_saved_is_read_again(bucket):
    assert bucket.save("a/b.png", ContentFile(b"first")) == "a/b.png"
    assert bucket.save("a/b.png", ContentFile(b"second")) == "a/b.png"
    with bucket.open("a/b.png", "rb") as file:
        assert (file.read(), file.size) == (b"second", 6)
    assert (bucket.exists("a/b.png"), bucket.size("a/b.png")) == (True, 6)


def test_a_file_of_the_disk_is_saved_from_its_start(bucket, tmp_path):
    path = tmp_path / "photo"
    path.write_bytes(bytes(range(256)) * 4096)
    with path.open("rb") as file:
        file.read(100)
        bucket.save("photo", File(file))
        assert not file.closed
    with bucket.open("photo", "rb") as file:
        assert file.read() == path.read_bytes()


def test_threads_share_one_client(bucket):
    bucket.save("x", ContentFile(b"x"))
    with ThreadPoolExecutor(4) as pool:
        sizes = list(pool.map(bucket.size, ["x"] * 20))
        clients = {id(client) for client in pool.map(lambda _: bucket.client, range(20))}
    assert (sizes, len(clients)) == ([1] * 20, 1)


def test_deleting_what_is_gone_is_success(bucket):
    bucket.save("x", ContentFile(b"x"))
    bucket.delete("x")
    bucket.delete("x")
    with pytest.raises(FileNotFoundError):
        bucket.open("x", "rb")
    with pytest.raises(FileNotFoundError):
        bucket.size("x")
    assert not bucket.exists("x")


def test_each_act_is_one_request(bucket, requests):
    bucket.save("x.webp", ContentFile(b"x" * 20_000_000))
    bucket.open("x.webp", "rb").close()
    bucket.delete("x.webp")
    assert requests == ["PutObject", "GetObject", "DeleteObject"]


def test_nothing_is_written_to_in_place(bucket):
    with pytest.raises(ValueError, match="only be opened for reading"):
        bucket.open("x", "wb")


def test_the_type_is_told_by_the_name(bucket):
    bucket.save("x.webp", ContentFile(b"x"))
    head = bucket.client.head_object(Bucket=bucket.bucket_name, Key=f"{bucket.location}/x.webp")
    assert head["ContentType"] == "image/webp"
