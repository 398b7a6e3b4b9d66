"""Calls every operation of the OpenAPI document with good and bad values: `make fuzz-api`.

As the owner of jobs, as another person and without a key, against the running product. Prints the cases and the
failures of each, and ends with 1 if there was a failure. Reports are in var/fuzz.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import httpx2

from tests.e2e.product.serving import ROOT, Product, serving

HERE = Path(__file__).parent
REPORTS = ROOT / "var/fuzz"
SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"
PHOTO = ROOT / "static/presets/cinematic/before.webp"
PATIENCE_S = 120
ROLES = ("other", "anonymous", "owner")
"""In this order: the owner deletes what the others must not reach."""


def main() -> int:
    parser = ArgumentParser()
    parser.add_argument(
        "--cases", type=int, default=30, help="most cases of one operation in the fuzzing phase"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("more", nargs="*", help="further options of schemathesis, after --")
    asked = parser.parse_args()
    REPORTS.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), TRIES_PER_ADDRESS=str(10**6)) as product,
    ):
        people = furnish(product)
        ids = make_rows(product, people["owner"]["secret"])
        failed = [call_as(role, product, people, ids, asked) for role in ROLES]
        errors = product.log.read_text(errors="replace").count("Traceback")
    print(f"tracebacks in the log of the product: {errors}")
    return int(any(failed) or errors > 0)


def furnish(product: Product) -> dict[str, dict[str, str]]:
    """Person → `key_id` and `secret`."""
    environ = product.environment() | {"DJANGO_SETTINGS_MODULE": "creator.settings"}
    command = [sys.executable, "-m", "tests.e2e.fuzz.people"]
    said = subprocess.run(command, cwd=ROOT, env=environ, check=True, stdout=subprocess.PIPE, text=True)
    made: dict[str, dict[str, str]] = json.loads(said.stdout.splitlines()[-1])
    return made


def make_rows(product: Product, secret: str) -> dict[str, list[str]]:
    """Parameter of a path → ids of the owner: photos, a batch with a finished job, its files."""
    with httpx2.Client(
        base_url=f"{product.url}/api/v1/", headers={"X-API-Key": secret}, trust_env=False
    ) as api:
        photo = api.post("uploads", files={"file": ("photo.webp", PHOTO.read_bytes())}).json()["id"]
        asked = {"preset": "cinematic", "upload_ids": [photo]}
        batch = api.post("batches", json=asked).json()["batch_id"]
        tus = {"Tus-Resumable": "1.0.0", "Upload-Length": "1000"}
        begun = api.post("uploads/parts", headers=tus).json()["id"]
        ends = time.monotonic() + PATIENCE_S
        while not (found := api.get(f"batches/{batch}").json())["finished"]:
            assert time.monotonic() < ends, "the job does not end"
            time.sleep(0.5)
    job = found["jobs"][0]
    artifacts = [each["id"] for each in job["artifacts"]]
    ids = {"upload_id": [photo], "partial_id": [begun], "batch_id": [batch]}
    return {**ids, "job_id": [job["id"]], "artifact_id": artifacts}


def call_as(
    role: str, product: Product, people: dict[str, Any], ids: dict[str, list[str]], asked: Any
) -> int:
    """Runs schemathesis as this role and returns its exit status: 0 without a failure."""
    person = people.get(role, {"key_id": "", "secret": ""})
    run = {"role": role, "ids": ids, "own_key": person["key_id"]}
    command = [
        str(SCHEMATHESIS), "--config-file", str(HERE / "schemathesis.toml"), "run", str(ROOT / "docs/openapi.json"), "--url", product.url,
        "--max-examples", str(asked.cases), "--seed", str(asked.seed), "--continue-on-failure",
        "--request-timeout", "60", "--generation-database", "none", "--no-color",
        "--report", "junit,json", "--report-dir", str(REPORTS / role),
        *asked.more,
    ]  # fmt: skip
    if person["secret"]:
        command += ["--header", f"X-API-Key: {person['secret']}"]
    hooks = {"SCHEMATHESIS_HOOKS": "tests.e2e.fuzz.hooks", "PYTHONPATH": str(ROOT)}
    environ = os.environ | hooks | {"FUZZ": json.dumps(run)}
    print(f"=== as {role}", flush=True)
    return subprocess.run(command, cwd=REPORTS, env=environ, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
