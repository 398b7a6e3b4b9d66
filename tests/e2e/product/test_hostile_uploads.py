"""Sends every broken, hostile and odd file to the product. Checks answers, stored files and memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from jobs.uploads.metadata.text import display_name
from tests.e2e.product.serving import Product
from tests.e2e.product.visitor import Visitor
from tests.jobs.uploads.corpus import hostile_files
from tests.jobs.uploads.hostile_file import Accepted, HostileFile, Refused

pytestmark = pytest.mark.services
FILES = hostile_files()
STATUS = {"unsupported_image": 422, "image_too_large": 413, "body_too_large": 413}
MEMORY = 300 * 1024**2
WHOLE_BODY = 41 * 1024**2
"""A larger request is refused before the form is read, so the refusal cannot name the file."""


@dataclass(frozen=True)
class Answer:
    """The status and body of an answer, and the files stored before and after it."""

    status: int
    body: dict[str, Any]
    before: list[str]
    after: list[str]


@dataclass(frozen=True)
class Run:
    """All answers by file name, and the most bytes by which the server's memory rose above its start."""

    answers: dict[str, Answer]
    growth: int


@pytest.fixture(scope="module")
def run(product: Product, visitor: Visitor) -> Run:
    begin = memory(product.pid, "VmRSS")
    Path(f"/proc/{product.pid}/clear_refs").write_text("5")  # resets the peak, VmHWM (proc(5))
    answers = {}
    for file in FILES:
        before = product.stored()
        sent = visitor.upload(file.name, file.content(), sparse_bytes=file.sparse_bytes)
        answers[file.name] = Answer(sent.status_code, sent.json(), before, product.stored())
    return Run(answers, memory(product.pid, "VmHWM") - begin)


def memory(pid: int, kind: str) -> int:
    """Reads /proc/<pid>/status, in bytes: `VmRSS` is current, `VmHWM` the peak. Excludes children."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{kind}:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(kind)


REFUSED = [file for file in FILES if isinstance(file.expect, Refused)]
ACCEPTED = [file for file in FILES if isinstance(file.expect, Accepted)]

MOST = " That is the most that the Studio plan takes. No plan allows more."
MOST_AT_A_TIME = ", the most that the Studio plan takes at a time. Send less at a time. No plan allows more."


@pytest.mark.parametrize("file", REFUSED, ids=lambda file: file.name[:40])
def test_refused_file_is_named_with_its_reason_and_nothing_of_it_is_kept(file: HostileFile, run: Run):
    answer, expect = run.answers[file.name], file.expect
    words = f"“{display_name(file.name)}” {expect.words}"
    if "megapixels" in expect.words or "MB" in expect.words:
        words += MOST
    if file.sparse_bytes > WHOLE_BODY:
        words = f"This is larger than 40 MB{MOST_AT_A_TIME}"
    error = {key: answer.body["error"][key] for key in ("code", "message", "details")}
    assert error == {"code": expect.code, "message": words, "details": {}}
    assert answer.status == STATUS[expect.code]
    assert answer.after == answer.before


@pytest.mark.parametrize("file", ACCEPTED, ids=lambda file: file.name[:40])
def test_accepted_file_becomes_a_plain_png(file: HostileFile, run: Run, product: Product):
    answer, expect = run.answers[file.name], file.expect
    assert (answer.status, answer.body["name"]) == (201, display_name(file.name))
    assert (answer.body["width"], answer.body["height"]) == expect.size
    query = "SELECT key, source_format FROM jobs_upload WHERE id = ?"
    ((key, source_format),) = product.rows(query, answer.body["id"].replace("-", ""))
    with Image.open(product.data_dir / "files" / key) as photo:
        assert (photo.format, photo.mode, photo.size) == ("PNG", expect.mode, expect.size)
        far = {
            at: photo.getpixel(at)
            for at, colour in expect.pixels.items()
            if not near(photo.getpixel(at), colour, expect.tolerance)
        }
        assert (source_format, far, photo.info) == (expect.format, {}, {})


def near(found: tuple[int, ...], wanted: tuple[int, ...], tolerance: int) -> bool:
    return all(abs(a - b) <= tolerance for a, b in zip(found, wanted, strict=True))


def test_a_body_without_a_length_is_cut_off(visitor: Visitor, product: Product, run: Run):
    before = product.stored()
    answer = visitor.upload_without_length(200 * 1024**2)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")
    assert product.stored() == before


def test_refused_files_leave_no_rows(product: Product, run: Run):
    assert product.rows("SELECT COUNT(*) FROM jobs_upload") == [(len(ACCEPTED),)]


def test_the_server_stays_within_its_memory(run: Run, record_testsuite_property):
    record_testsuite_property("server_memory_growth_mb", round(run.growth / 1e6, 1))
    assert run.growth <= MEMORY
