"""Links to files in a bucket: our own link redirects to one that the bucket verifies and that expires."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from creator import backends
from creator.http.file_links import file_link

pytestmark = pytest.mark.django_db


@pytest.fixture
def bucket(services, settings):
    settings.CONFIG = replace(
        settings.CONFIG,
        s3_bucket=services["S3_BUCKET"],
        s3_endpoint_url=services["S3_ENDPOINT_URL"],
        s3_access_key_id=services["S3_ACCESS_KEY_ID"],
        s3_secret_access_key=services["S3_SECRET_ACCESS_KEY"],
        link_seconds=600,
    )
    settings.STORAGES = settings.STORAGES | {"default": backends.files(settings.CONFIG)}
    return default_storage


def target_of(key, *, inline=False):
    """Returns the URL that our own link redirects a browser to."""
    answer = Client().get(file_link(key, name="My fig.png", inline=inline))
    kept = "private, max-age=300, immutable" if inline else "private, no-store"
    assert (answer.status_code, answer["Cache-Control"]) == (302, kept)
    return answer["Location"]


def fetch(url):
    return httpx2.get(url, trust_env=False)


def signed(url):
    """Returns the content type and disposition that the signed URL makes the bucket answer with."""
    query = parse_qs(urlsplit(url).query)
    return query["response-content-type"][0], query["response-content-disposition"][0]


def test_a_browser_is_sent_on_with_type_and_name_that_we_sign(bucket):
    bucket.save("results/link/a.png", ContentFile(b"picture"))
    url = target_of("results/link/a.png")
    assert (fetch(url).status_code, fetch(url).content) == (200, b"picture")
    assert signed(url) == ("image/png", 'attachment; filename="My fig.png"')
    shown = target_of("results/link/a.png", inline=True)
    assert signed(shown) == ("image/png", 'inline; filename="My fig.png"')


def test_browsers_keep_pictures_of_pages_and_no_downloads(bucket):
    urls = [target_of("results/link/e.png", inline=inline) for inline in (True, False)]
    kept = [parse_qs(urlsplit(url).query)["response-cache-control"] for url in urls]
    assert kept == [["private, max-age=3600, immutable"], ["private, no-store"]]


def test_active_content_is_bytes_of_no_kind(bucket):
    for name in ("a.html", "a.svg", "a"):
        assert signed(target_of(f"results/link/{name}", inline=True))[0] == "application/octet-stream"


def test_the_link_is_bounded_and_cannot_be_changed(bucket):
    bucket.save("results/link/b.png", ContentFile(b"one"))
    bucket.save("results/link/c.png", ContentFile(b"two"))
    url = target_of("results/link/b.png")
    assert parse_qs(urlsplit(url).query)["X-Amz-Expires"] == ["600"]
    forged = [
        url.replace("b.png", "c.png", 1),
        url.replace("X-Amz-Expires=600", "X-Amz-Expires=60000"),
        url.replace("image%2Fpng", "text%2Fhtml"),
        url.partition("?")[0],
    ]
    assert [fetch(each).status_code for each in (url, *forged)] == [200, 403, 403, 403, 403]


def test_browsers_may_know_the_bucket_by_another_address(bucket, settings):
    settings.CONFIG = replace(settings.CONFIG, s3_public_url="https://files.example")
    bucket.save("results/link/d.png", ContentFile(b"x"))
    parts = urlsplit(target_of("results/link/d.png"))
    assert (parts.scheme, parts.netloc) == ("https", "files.example")
    assert {"X-Amz-Signature", "X-Amz-Expires"} <= parse_qs(parts.query).keys()
    assert backends.file_origins(settings.CONFIG) == ["https://files.example"]
