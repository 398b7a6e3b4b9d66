"""What the two clients share: everything but the waiting."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import httpx2

from creator_client.call import Call
from creator_client.errors import JobFailed, error_of
from creator_client.models import ArtifactAnswer, JobAnswer, JobBody, JobListAnswer, MessageAnswer

Answer = TypeVar("Answer")
VERSION = "1.0.0"
TRIES = 5
WAITED = httpx2.Timeout(30)
"""Seconds for each part of an answer."""
WAITED_FOR_EVENTS = httpx2.Timeout(30, read=60)
"""A stream of events has a heartbeat every 15 s."""


@dataclass(frozen=True)
class Picture:
    """A finished picture and the job that made it."""

    job: JobAnswer
    content: bytes

    def save(self, path: str | Path) -> Path:
        """Writes the picture; into a folder, under the name of its photo and preset. Returns where it is."""
        target = Path(path)
        if target.is_dir():
            job = self.job
            target /= f"{Path(job['name']).stem}-{job['preset']}.{job['output_format']}"
        target.write_bytes(self.content)
        return target


@dataclass(frozen=True)
class Site:
    """Where the API is, and the key or access token for it."""

    url: str
    key: str

    @classmethod
    def named(cls, url: str, key: str) -> Site:
        """What is empty comes from CREATOR_SITE and CREATOR_KEY. Raises ValueError without a key."""
        key = key or os.environ.get("CREATOR_KEY", "")
        if not key:
            raise ValueError("Pass key=…, or set CREATOR_KEY. A key is made on the page /account/keys/.")
        url = url or os.environ.get("CREATOR_SITE", "http://127.0.0.1:8000")
        return cls(url.rstrip("/"), key)

    @property
    def options(self) -> dict[str, Any]:
        """Arguments of the HTTP client."""
        headers = {"User-Agent": f"creator-client/{VERSION}"}
        return {"base_url": self.url, "headers": headers, "timeout": WAITED, "follow_redirects": True}

    def headers_for(self, call: Call[Any]) -> dict[str, str]:
        """The headers of all tries of a call. The key is sent to the site only, not to a store of files."""
        is_ours = call.path.startswith(("/", f"{self.url}/"))
        headers = {"Authorization": f"Bearer {self.key}"} if is_ours else {}
        return headers | ({"Idempotency-Key": str(uuid.uuid4())} if call.repeatable else {})

    def events_request(self, job_id: str, last_id: str) -> dict[str, Any]:
        """Arguments of the HTTP client's `stream`."""
        call = events_of(job_id)
        headers = {**self.headers_for(call), "Accept": "text/event-stream"}
        if last_id:
            headers["Last-Event-ID"] = last_id
        return {"method": call.method, "url": call.path, "headers": headers, "timeout": WAITED_FOR_EVENTS}


def request_of(call: Call[Any], headers: Mapping[str, str]) -> dict[str, Any]:
    """Arguments of the HTTP client's `request`."""
    query = {name: value for name, value in (call.query or {}).items() if value is not None}
    return {
        "method": call.method,
        "url": call.path,
        "params": query or None,
        "json": call.body,
        "headers": dict(headers),
    }


def answer_of(answer: httpx2.Response) -> Any:
    """The body: of JSON its values, else bytes; None without one. Raises ApiError for a refusal."""
    if answer.is_error:
        raise error_of(answer)
    if answer.status_code == 204:
        return None
    is_json = answer.headers.get("Content-Type", "").startswith("application/json")
    return answer.json() if is_json else answer.content


def events_of(job_id: str) -> Call[None]:
    return Call("GET", f"/api/v1/jobs/{job_id}/events")


def is_heartbeat(message: MessageAnswer) -> bool:
    """Whether it only says that the connection works: it comes after 15 s of silence and has no state of the job."""
    return message["type"] not in ("snapshot", "update")


def next_page(page: JobListAnswer) -> Call[JobListAnswer] | None:
    """The call for the page after this one; None after the last."""
    return Call("GET", page["next"]) if page["next"] else None


def check_one_picture(settings: Mapping[str, Any]) -> None:
    """Raises ValueError for `variations`, which is answered with a batch."""
    if settings.get("variations") is not None:
        raise ValueError(
            "run makes one picture. For variations, call calls.create_job, then wait for each of its jobs."
        )


def job_body(preset: str, upload_id: str | None, settings: Mapping[str, Any]) -> JobBody:
    photo = {"upload_id": upload_id} if upload_id else {}
    return cast(JobBody, {"preset": preset, **photo, **settings})


def result_of(job: JobAnswer) -> ArtifactAnswer:
    """The file of a finished job. Raises JobFailed if the job ended otherwise, or its files were deleted."""
    for artifact in job["artifacts"]:
        if artifact["kind"] == "result":
            return artifact
    if job["files_purged_at"]:
        raise JobFailed(job["id"], "gone", "The picture was deleted when its retention ended.")
    error = job["error"] or {"code": job["status"], "message": f"The job is {job['status']}."}
    raise JobFailed(job["id"], error["code"], error["message"])
