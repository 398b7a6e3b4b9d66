"""What is tried again, for how long, and what is said then."""

from pathlib import Path

import httpx2
import pytest

from drive.google_fake.faults import NO_ANSWER, Fault
from drive.sources.base import AccessLost, Away, Changed, SourceFile
from drive.sources.google.exchange import PATIENCE_S, Exchange
from drive.sources.google.oauth import SCOPES
from tests.drive.sources.google.conftest import Place, open_source


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (403, "userRateLimitExceeded"),
        (403, "rateLimitExceeded"),
        (429, "rateLimitExceeded"),
        (500, "backendError"),
        (503, "backendError"),
        (NO_ANSWER, ""),
    ],
)
def test_a_short_trouble_is_waited_out(place: Place, status: int, reason: str) -> None:
    place.put("a.png")
    place.server.faults.add(Fault(status, reason, path="/drive/v3/", times=3))
    assert len(place.source.look([place.folder], None).files) == 1


def test_a_long_trouble_is_left_after_a_while(place: Place) -> None:
    slept: list[float] = []
    source = open_source(place, *SCOPES, exchange=Exchange(sleep=slept.append))
    place.server.faults.add(Fault(503, path="/drive/v3/", times=1000))
    with pytest.raises(Away):
        source.look([place.folder], None)
    assert 5 < sum(slept) <= PATIENCE_S


def test_what_google_asks_for_is_waited_or_told(place: Place) -> None:
    slept: list[float] = []
    source = open_source(place, *SCOPES, exchange=Exchange(sleep=slept.append))
    place.server.faults.add(Fault(429, "rateLimitExceeded", path="/drive/v3/", retry_after_s=17))
    source.look([place.folder], None)
    assert slept == [17]
    place.server.faults.add(Fault(429, "rateLimitExceeded", path="/drive/v3/", retry_after_s=300))
    with pytest.raises(Away) as away:
        source.look([place.folder], None)
    assert away.value.after_s == 300


@pytest.mark.parametrize("reason", ["insufficientPermissions", "domainPolicy"])
def test_a_refusal_for_all_calls_is_lost_access(place: Place, reason: str) -> None:
    place.server.faults.add(Fault(403, reason, path="/drive/v3/"))
    with pytest.raises(AccessLost):
        place.source.look([place.folder], None)


def test_an_api_that_is_switched_off_is_not_the_persons_fault(place: Place) -> None:
    place.server.faults.add(Fault(403, "accessNotConfigured", path="/drive/v3/"))
    with pytest.raises(Away) as away:
        place.source.look([place.folder], None)
    assert away.value.after_s == 3600


def test_a_page_that_has_expired_makes_a_full_look(place: Place) -> None:
    place.put("a.png")
    cursor = place.source.look([place.folder], None).cursor
    place.server.faults.add(Fault(410, "expired", path="/drive/v3/changes"))
    assert len(place.source.look([place.folder], cursor).files) == 1


def test_trouble_at_the_token_endpoint_loses_no_access(place: Place) -> None:
    place.server.faults.add(Fault(503, method="POST", path="/token", times=1000))
    with pytest.raises(Away):
        place.source.look([place.folder], None)
    place.server.faults.clear()
    place.source.look([place.folder], None)


class _Cutting(httpx2.BaseTransport):
    """Cuts every download after five bytes, or changes its first byte."""

    def __init__(self, *, is_damaging: bool = False) -> None:
        self._inner = httpx2.HTTPTransport()
        self._is_damaging = is_damaging
        self.ranges: list[str] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        response = self._inner.handle_request(request)
        if request.url.params.get("alt") != "media":
            return response
        self.ranges.append(request.headers.get("range", ""))
        body = response.read()
        if self._is_damaging:
            return httpx2.Response(200, content=b"?" + body[1:])
        return httpx2.Response(response.status_code, headers=response.headers, stream=_Cut(body))


class _Cut(httpx2.SyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self):
        yield self._body[:5]
        if len(self._body) > 5:
            raise httpx2.ReadError("cut")


def _found(place: Place) -> SourceFile:
    (file,) = place.source.look([place.folder], None).files
    return file


def test_a_broken_download_goes_on_where_it_broke(place: Place, tmp_path: Path) -> None:
    place.put("a.png", b"0123456789ab")
    cutting = _Cutting()
    source = open_source(place, *SCOPES, exchange=Exchange(transport=cutting, sleep=lambda seconds: None))
    source.read(_found(place), tmp_path / "got", most_bytes=100)
    assert (tmp_path / "got").read_bytes() == b"0123456789ab"
    assert cutting.ranges == ["", "bytes=5-", "bytes=10-"]


def test_damaged_content_is_no_content(place: Place, tmp_path: Path) -> None:
    place.put("a.png", b"0123456789ab")
    damaging = _Cutting(is_damaging=True)
    source = open_source(place, *SCOPES, exchange=Exchange(transport=damaging, sleep=lambda seconds: None))
    with pytest.raises(Changed):
        source.read(_found(place), tmp_path / "got", most_bytes=100)
