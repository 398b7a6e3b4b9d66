"""A developer's day with the API, from the first key to the last cancel; each call is an example of the documentation."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2

from tests.e2e.exchanges.recording import Exchange, Recorder
from tests.e2e.product.serving import ROOT

PHOTO = ROOT / "tests/golden/photos/chelsea.jpg"
PASSWORD = "a-Long-enough-phrase-1"
EMAIL = "ada@example.org"
PATIENCE_S = 60


def tell(api: Recorder, photo: Path = PHOTO) -> Iterator[Exchange]:
    """The exchanges in their order."""
    yield from look_around(api)
    upload = yield from one(api.send("create_upload", "POST", "uploads", photo=photo))
    yield api.send("get_upload", "GET", f"uploads/{upload['id']}")
    job = yield from one_picture(api, upload["id"])
    yield from again(api, job)
    yield from many_pictures(api, upload["id"])
    yield from watched_folders(api)
    yield from keys(api)
    yield from signing_in(api)


def one(exchange: Exchange) -> Iterator[Exchange]:
    """Yields the exchange and returns the body of its answer."""
    yield exchange
    return exchange["answer"]["body"]


def look_around(api: Recorder) -> Iterator[Exchange]:
    yield api.send("list_presets", "GET", "presets")
    yield api.send("get_preset", "GET", "presets/cinematic")
    yield api.send("list_models", "GET", "models")
    yield api.send("list_plans", "GET", "plans")
    yield api.send("get_billing", "GET", "billing")
    yield api.send("get_me", "GET", "auth/me")
    yield api.send("get_account", "GET", "account")
    yield api.send("update_account", "PATCH", "account", body={"time_zone": "Europe/Berlin"})


def one_picture(api: Recorder, upload: str) -> Iterator[Exchange]:
    wrong = {"preset": "cinematic", "upload_id": upload, "parameters": {"grain": 7}}
    yield api.send("create_job", "POST", "jobs", body=wrong, title="A setting out of its bounds")
    asked = {"preset": "cinematic", "upload_id": upload, "parameters": {"grain": 0.1}, "seed": 7}
    key = {"Idempotency-Key": "order-4711"}
    made = yield from one(api.send("create_job", "POST", "jobs", body=asked, headers=key, title="A job"))
    yield api.send("create_job", "POST", "jobs", body=asked, headers=key, title="The same request again")
    job = made["job_id"]
    wait_for(api, f"jobs/{job}", "completed_at")
    yield api.send("get_job", "GET", f"jobs/{job}")
    yield api.send("list_jobs", "GET", "jobs?status=completed&limit=1")
    yield api.send("get_job_events", "GET", f"jobs/{job}/events?after=1")
    yield api.send("cancel_job", "POST", f"jobs/{job}/cancel", title="Too late")
    yield api.send("get_dashboard", "GET", "dashboard")
    yield api.send("get_usage", "GET", "usage?group=preset")
    return job


def many_pictures(api: Recorder, upload: str) -> Iterator[Exchange]:
    asked = {"preset": "cinematic", "upload_ids": [upload], "parameters": {"grain": 0.2}, "variations": 2}
    made = yield from one(api.send("create_batch", "POST", "batches", body=asked))
    batch, job = made["batch_id"], made["jobs"][1]["job_id"]
    yield api.send("get_batch", "GET", f"batches/{batch}")
    yield api.send("cancel_job", "POST", f"jobs/{job}/cancel", title="In time")
    yield api.send("cancel_batch", "POST", f"batches/{batch}/cancel")
    wait_for(api, f"batches/{batch}", "finished")
    yield api.send("delete_upload", "DELETE", f"uploads/{upload}", title="A photo that no job will use")


def again(api: Recorder, job: str) -> Iterator[Exchange]:
    yield api.send("vary_job", "POST", f"jobs/{job}/vary", body={"seed": 8})
    yield api.send("retry_job", "POST", f"jobs/{job}/retry")


def watched_folders(api: Recorder) -> Iterator[Exchange]:
    """The person has a connected folder of the server, with a photo in `inbox`."""
    told = yield from one(api.send("list_drive_connections", "GET", "drive/connections"))
    connection = told["connections"][0]["id"]
    yield api.send("get_drive_connection", "GET", f"drive/connections/{connection}")
    yield api.send("browse_drive", "GET", f"drive/connections/{connection}/folders?parent=")
    asked = {"connection_id": connection, "input_id": "inbox", "preset": "cinematic", "takes_existing": True}
    key = {"Idempotency-Key": "watch-1"}
    made = yield from one(api.send("watch_folder", "POST", "drive/folders", body=asked, headers=key))
    folder = f"drive/folders/{made['id']}"
    wait_for(api, f"{folder}/files", "files", lambda files: files and files[0]["delivered_at"])
    yield api.send("list_found_files", "GET", f"{folder}/files?limit=1")
    yield api.send("list_watched_folders", "GET", "drive/folders")
    yield api.send("change_watched_folder", "PATCH", folder, body={"daily_cap": 40})
    yield api.send("get_watched_folder", "GET", folder)
    cost = yield from one(api.send("get_cost_of_again", "GET", f"{folder}/again"))
    asked = {"run": cost["run"], "most_credits": cost["credits"]}
    yield api.send("make_again", "POST", f"{folder}/again", body=asked)
    yield api.send("pause_folder", "POST", f"{folder}/pause")
    yield api.send("resume_folder", "POST", f"{folder}/resume")
    yield api.send("stop_watching", "DELETE", folder)
    yield api.send("disconnect_drive", "DELETE", f"drive/connections/{connection}")


def keys(api: Recorder) -> Iterator[Exchange]:
    asked = {"name": "nightly import", "scopes": ["jobs:read"], "expires_at": "2030-12-31T00:00:00Z"}
    made = yield from one(api.send("create_key", "POST", "keys", body=asked))
    key = made["key"]["id"]
    yield api.send("list_keys", "GET", "keys")
    yield api.send("get_key", "GET", f"keys/{key}")
    yield api.send("delete_key", "DELETE", f"keys/{key}")


def signing_in(api: Recorder) -> Iterator[Exchange]:
    asked = {"email": EMAIL, "password": PASSWORD, "device": "my phone"}
    pair = yield from one(api.send("login", "POST", "auth/login", body=asked))
    fresh = {"refresh_token": pair["refresh_token"]}
    pair = yield from one(api.send("refresh", "POST", "auth/refresh", body=fresh))
    yield api.send("logout", "POST", "auth/logout", body={"refresh_token": pair["refresh_token"]})
    asked = {"email": "grace@example.org", "password": PASSWORD}
    yield api.send("register", "POST", "auth/register", body=asked)
    yield api.send("forgot_password", "POST", "auth/forgot-password", body={"email": EMAIL})


def wait_for(api: Recorder, path: str, field: str, is_there: Callable[[Any], Any] = bool) -> Any:
    """Asks until the field says something, or what is waited for."""
    ends = time.monotonic() + PATIENCE_S
    while not is_there((found := api.client.get(path).json())[field]):
        if time.monotonic() > ends:
            raise TimeoutError(f"{path} has no {field}")
        time.sleep(0.2)
    return found


def client_of(address: str, secret: str) -> httpx2.Client:
    return httpx2.Client(base_url=f"{address}/api/v1/", headers={"X-API-Key": secret}, trust_env=False)
