"""Parts of stored files (RFC 9110, section 14): a download that broke off goes on where it stopped."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from creator.http.byte_ranges import asked_range
from creator.http.file_links import file_link
from creator.lib.errors import Refused

CONTENT = bytes(range(256)) * 4000
"""More than one piece that is read at a time."""


@pytest.fixture
def link():
    key = default_storage.save("results/test/large.png", ContentFile(CONTENT))
    yield file_link(key, name="large.png")
    default_storage.delete(key)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("bytes=0-99", range(100)),
        ("bytes=900-", range(900, 1000)),
        ("bytes=-100", range(900, 1000)),
        ("bytes=-5000", range(1000)),
        ("bytes=990-5000", range(990, 1000)),
        ("Bytes=0-0", range(1)),
        ("bytes=0-999999999999999999999999", range(1000)),
        ("bytes=5-4", None),
        ("bytes=-", None),
        ("bytes=0-1,5-6", None),
        ("bytes=a-b", None),
        ("bytes=١-٢", None),
        ("lines=1-2", None),
        (f"bytes=0-{'9' * 5000}", None),
        (f"bytes={'9' * 5000}-", None),
        ("", None),
    ],
)
def test_one_range_of_bytes_is_understood_and_the_rest_is_the_whole_file(header, found):
    assert asked_range({"Range": header}, size=1000, etag='"a"') == found


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=1000-1005", "bytes=-0"])
def test_a_range_beyond_the_end_is_refused_with_the_size(header):
    with pytest.raises(Refused) as refused:
        asked_range({"Range": header}, size=1000, etag='"a"')
    assert (refused.value.status, refused.value.headers) == (416, {"Content-Range": "bytes */1000"})


@pytest.mark.django_db(transaction=True)
def test_a_download_goes_on_where_it_stopped(site, link):
    whole = site.get(link)
    assert (whole.status_code, whole.headers["Accept-Ranges"], whole.content) == (200, "bytes", CONTENT)
    rest = site.get(link, headers={"Range": "bytes=700000-", "If-Range": whole.headers["ETag"]})
    assert (rest.status_code, rest.content) == (206, CONTENT[700000:])
    assert rest.headers["Content-Range"] == f"bytes 700000-{len(CONTENT) - 1}/{len(CONTENT)}"
    assert rest.headers["Content-Length"] == str(len(CONTENT) - 700000)
    assert rest.headers["X-Content-Type-Options"] == "nosniff"
    other = site.get(link, headers={"Range": "bytes=700000-", "If-Range": '"another"'})
    assert (other.status_code, other.content) == (200, CONTENT)


@pytest.mark.django_db(transaction=True)
def test_beyond_the_end_is_416(site, link):
    answer = site.get(link, headers={"Range": f"bytes={len(CONTENT)}-", "Accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (416, "range_not_satisfiable")
    assert answer.headers["Content-Range"] == f"bytes */{len(CONTENT)}"


@pytest.mark.django_db(transaction=True)
def test_head_has_the_headers_and_reads_nothing(site, link):
    answer = site.head(link)
    assert (answer.status_code, answer.content) == (200, b"")
    assert (answer.headers["Content-Length"], answer.headers["Accept-Ranges"]) == (str(len(CONTENT)), "bytes")
