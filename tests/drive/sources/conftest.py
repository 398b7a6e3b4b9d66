"""`harness`: each place that the conformance suite runs over, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.drive.sources.folder_harness import FolderHarness
from tests.drive.sources.google.conftest import Place, google_place
from tests.drive.sources.google_harness import GoogleHarness
from tests.drive.sources.harness import Harness
from tests.drive.sources.s3_harness import S3Harness


def _folder(request: pytest.FixtureRequest) -> Harness:
    return FolderHarness(request.getfixturevalue("tmp_path"))


def _google(request: pytest.FixtureRequest) -> Harness:
    return GoogleHarness(request.getfixturevalue("google"))


def _s3(request: pytest.FixtureRequest) -> Harness:
    return S3Harness(request.getfixturevalue("services"))


PLACES: dict[str, Callable[[pytest.FixtureRequest], Harness]] = {
    "folder": _folder,
    "google": _google,
    "s3": _s3,
}
NEED_SERVICES = frozenset({"s3"})


def _params() -> list[object]:
    marks = {name: (pytest.mark.services,) if name in NEED_SERVICES else () for name in PLACES}
    return [pytest.param(name, marks=marks[name], id=name) for name in PLACES]


@pytest.fixture(params=_params())
def harness(request: pytest.FixtureRequest) -> Harness:
    return PLACES[request.param](request)


@pytest.fixture
def folder(tmp_path: Path) -> FolderHarness:
    return FolderHarness(tmp_path)


@pytest.fixture
def google() -> Iterator[Place]:
    yield from google_place()
