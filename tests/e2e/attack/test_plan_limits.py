"""One person fills the storage, uses nodes for nothing and makes the database grow: what the plan stops.

The product serves one free user. The plan's numbers are made small, so that a few requests are enough to meet them.
"""

from __future__ import annotations

import io
import re
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import numpy as np
import pytest
from PIL import Image

from tests.e2e.attack.harness import MIB, TREE
from tests.e2e.product.serving import PATIENCE_S, Product, serving
from tests.e2e.product.visitor import Visitor
from tests.services.process import wait_until

SIZE = (6000, 4000)
UNUSED_MIB = 110
UPLOADS = 6
SUBMITS, TRIES = 12, 24
CANCELS, RUNS = 2, 4
NODE_DELAY_MS = 2000
TABLES = (
    "jobs_job",
    "jobs_jobevent",
    "jobs_jobprogress",
    "jobs_batch",
    "billing_hold",
    "billing_ledgerentry",
)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with serving(tmp_path_factory.mktemp("product"), tree=TREE) as served:
        yield served


@pytest.fixture
def attacker(product: Product) -> Iterator[Visitor]:
    someone = Visitor(product.url, f"{uuid.uuid4()}@example.org")
    yield someone
    someone.close()


def limit_plan(product: Product, **numbers: int) -> None:
    """Changes the numbers of the free plan that this version of the product has."""
    with closing(sqlite3.connect(product.data_dir / "creator.sqlite3", timeout=20)) as database, database:
        known = {row[1] for row in database.execute("PRAGMA table_info(billing_plan)")}
        for name in known & set(numbers):
            database.execute(f"UPDATE billing_plan SET {name} = ? WHERE slug = 'free'", [numbers[name]])


def stored_bytes(product: Product) -> int:
    return sum(path.stat().st_size for path in (product.data_dir / "files").rglob("*") if path.is_file())


def film_grain() -> bytes:
    """A grey picture of a kilobyte, to which the decoder of AV1 adds noise."""
    stream = io.BytesIO()
    advanced = {"film-grain-test": "1"}
    Image.new("RGB", SIZE, (128, 128, 128)).save(
        stream, "AVIF", quality=1, speed=10, codec="aom", advanced=advanced
    )
    return stream.getvalue()


def pattern() -> bytes:
    """A small square of noise, over and over."""
    square = np.random.default_rng(2).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    tiled = np.tile(square, (SIZE[1] // 64 + 1, SIZE[0] // 64 + 1, 1))[: SIZE[1], : SIZE[0]]
    stream = io.BytesIO()
    Image.fromarray(tiled).save(stream, "WEBP", lossless=True, quality=20, method=1)
    return stream.getvalue()


def test_small_files_do_not_fill_the_storage(product, attacker, report):
    limit_plan(product, unused_mib=UNUSED_MIB)
    before, file = stored_bytes(product), film_grain()
    answers = [attacker.upload("grain.avif", file) for _ in range(UPLOADS)]
    stored, statuses = stored_bytes(product) - before, [each.status_code for each in answers]
    report(
        "storage, film grain",
        sent_kib=UPLOADS * len(file) / 1024,
        stored_mib=stored / MIB,
        stored_per_sent=stored / (UPLOADS * len(file)),
        taken=statuses.count(201),
        refused_429=statuses.count(429),
    )
    assert set(statuses) == {201, 429}
    assert answers[-1].json()["error"]["code"] == "quota_exceeded"
    assert stored < (UNUSED_MIB + 1) * MIB


def test_a_pattern_is_stored_small(product, attacker, report):
    before, file = stored_bytes(product), pattern()
    assert attacker.upload("pattern.webp", file).status_code == 201
    stored = stored_bytes(product) - before
    report(
        "storage, a pattern",
        sent_mib=len(file) / MIB,
        stored_mib=stored / MIB,
        stored_per_sent=stored / len(file),
    )
    sent = len(file)
    assert stored < 3 * sent


def rows_of(product: Product) -> int:
    return sum(product.rows(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES)


def photo_of(attacker: Visitor) -> str:
    content = Path("tests/golden/photos/chelsea.jpg").read_bytes()
    photo: str = attacker.upload("photo.jpg", content).json()["id"]
    return photo


def start(attacker: Visitor, photo: str) -> httpx2.Response:
    return attacker.start("cinematic", [photo], str(uuid.uuid4()), grain="0.1")


def test_submit_and_cancel_does_not_make_the_database_grow_for_ever(product, attacker, report):
    limit_plan(product, submits_per_hour=SUBMITS, cancels_per_hour=TRIES)
    product.set_faults(delay_ms=NODE_DELAY_MS)
    photo, rows, seconds = photo_of(attacker), [rows_of(product)], []
    for _ in range(2):
        began = time.perf_counter()
        for _ in range(TRIES // 2):
            if page := start(attacker, photo).headers.get("location"):
                attacker.post(f"{page}cancel/", {})
        seconds.append(time.perf_counter() - began)
        rows.append(rows_of(product))
    product.set_faults(reset=True)
    report(
        "rows, submit and cancel",
        first_rows_per_s=(rows[1] - rows[0]) / seconds[0],
        then_rows_per_s=(rows[2] - rows[1]) / seconds[1],
    )
    assert rows[1] - rows[0] > 5 * SUBMITS
    assert rows[2] - rows[1] <= 2 * len(TABLES)  # what ends meanwhile


def test_node_time_is_not_free_for_ever(product, attacker, report):
    limit_plan(product, cancels_per_hour=CANCELS, submits_per_hour=100)
    product.set_faults(delay_ms=NODE_DELAY_MS)
    photo, ids = photo_of(attacker), []
    for _ in range(RUNS):
        page = start(attacker, photo).headers["location"]
        ids.append(re.findall(r"[0-9a-f-]{36}", page)[0].replace("-", ""))
        wait_until(
            lambda: status_of(product, ids[-1]) == ("processing", "running"), "it does not run", PATIENCE_S
        )
        time.sleep(NODE_DELAY_MS / 2000)  # a part of what the node is busy with it
        attacker.post(f"{page}cancel/", {})
        wait_until(
            lambda: status_of(product, ids[-1])[0] in ("cancelled", "completed"),
            "it does not end",
            PATIENCE_S,
        )
    product.set_faults(reset=True)
    free = sum(node_seconds(product, each) for each in ids if status_of(product, each)[0] == "cancelled")
    cancelled = sum(status_of(product, each)[0] == "cancelled" for each in ids)
    ((spent,),) = product.rows("SELECT max(spent) FROM billing_creditaccount")
    report("node time, cancelled runs", runs=RUNS, cancelled=cancelled, free_node_s=free, credits_spent=spent)
    assert (cancelled, spent > 0) == (CANCELS, True)


def status_of(product: Product, job: str) -> tuple[str, str]:
    return product.rows("SELECT status, stage FROM jobs_job WHERE id = ?", job)[0]  # type: ignore[return-value]


def node_seconds(product: Product, job: str) -> float:
    span = "(julianday(ended_at) - julianday(execution_started_at)) * 86400"
    return product.rows(f"SELECT coalesce(sum({span}), 0) FROM jobs_attempt WHERE job_id = ?", job)[0][0]
