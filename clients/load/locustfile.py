"""Loads a site with people who submit jobs, poll them, and watch them on sockets.

    pip install locust websockets
    CREATOR_KEYS=key1,key2 CREATOR_PHOTO=photo.jpg locust -f clients/load/locustfile.py --host http://127.0.0.1:8000

Each person uses one of the keys, which are of accounts with credits.
"""

from __future__ import annotations

import itertools
import json
import os
import time
import uuid
from pathlib import Path

from locust import HttpUser, between, task
from websockets.sync.client import connect

KEYS = itertools.cycle(os.environ.get("CREATOR_KEYS", os.environ.get("CREATOR_KEY", "")).split(","))
PHOTO = Path(os.environ.get("CREATOR_PHOTO", "photo.jpg"))
PRESET = os.environ.get("CREATOR_PRESET", "cinematic")
WATCHED_S = 60


class Person(HttpUser):
    """Uploads one photo, then makes pictures of it."""

    wait_time = between(0.5, 2)

    def on_start(self) -> None:
        self.key = next(KEYS)
        self.client.headers["Authorization"] = f"Bearer {self.key}"
        with PHOTO.open("rb") as file:
            uploaded = self.client.post("/api/v1/uploads", files={"file": file})
        self.upload_id = uploaded.json()["id"]
        self.last: dict[str, str] = {}

    @task(3)
    def submit(self) -> None:
        body = {"preset": PRESET, "upload_id": self.upload_id}
        with self.client.post(
            "/api/v1/jobs", json=body, headers={"Idempotency-Key": str(uuid.uuid4())}, catch_response=True
        ) as answer:
            if answer.status_code == 429:
                answer.success()  # the plan's limit: what it is there for
            elif answer.ok:
                self.last = answer.json()

    @task(10)
    def poll(self) -> None:
        if self.last:
            self.client.get(f"/api/v1/jobs/{self.last['job_id']}", name="/api/v1/jobs/{id}")

    @task(2)
    def look_at_the_list(self) -> None:
        self.client.get("/api/v1/jobs?limit=30", name="/api/v1/jobs")

    @task(1)
    def watch(self) -> None:
        if self.last:
            began, heard, failure = time.perf_counter(), 0, None
            try:
                heard = self._follow(self.last["websocket_url"])
            except Exception as error:  # noqa: BLE001  locust counts every failure
                failure = error
            self.environment.events.request.fire(
                request_type="WS", name="/ws/jobs/{id}", response_length=heard, exception=failure, context={},
                response_time=(time.perf_counter() - began) * 1000,
            )  # fmt: skip

    def _follow(self, url: str) -> int:
        """Reads messages until the job has ended. Returns how many bytes came."""
        heard = 0
        with connect(url, additional_headers={"Authorization": f"Bearer {self.key}"}, proxy=None) as socket:
            while True:
                text = socket.recv(timeout=WATCHED_S)
                heard += len(text)
                if json.loads(text).get("terminal"):
                    return heard
