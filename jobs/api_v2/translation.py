"""What a job's messages are in the contract's events."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest
from rest_framework.utils.encoders import JSONEncoder

from accounts.models import User
from creator.lib.errors import Refused
from jobs.access import get_bare_job, get_job
from jobs.api_v2.schemas.jobs import (
    OutputAnswer,
    ProgressAnswer,
    Status,
    outputs_of,
    progress_of,
    status_of,
)
from jobs.models import Job
from jobs.queries import with_pictures
from jobs.streaming.previews import get_preview

KEEP_ALIVE = b": still here\n\n"


class Translator:
    """Turns messages of one stream into events: what differs from the last ones sent. Used by one thread at a time."""

    def __init__(self, request: HttpRequest, owner: User) -> None:
        self.request, self.owner = request, owner
        self._job: Job | None = None
        self._said: dict[str, object] = {}
        self._preview_url = ""

    def events(self, message: Mapping[str, Any]) -> list[bytes]:
        """The encoded events of a message; of a heartbeat, a comment. The final status comes last of all."""
        if message["type"] == "heartbeat":
            return [KEEP_ALIVE]
        changed = [each for each in self._present(message) if self._said.get(each[0]) != each[1]]
        self._said |= dict(changed)
        return [_encode(name, data) for name, data in changed]

    def _present(self, now: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        status = status_of(now["status"], now["stage"], cancelling=now["cancelling"])
        told = {"status": status.value, "queue_position": now["position"]}
        if not now["terminal"]:
            yield "status", told
        if status != Status.QUEUED:
            yield "progress", ProgressAnswer(progress_of(self._job_of(now).preset_version, now)).data
        if now["preview_url"]:
            yield from self._preview(now)
        if now["terminal"]:
            for output in outputs_of(self.request, get_job(self.owner, now["job_id"], load=with_pictures)):
                yield "output", OutputAnswer(output).data
            yield "status", told

    def _preview(self, now: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        """The newest preview, once: its address has its number."""
        if self._preview_url == now["preview_url"]:
            return
        self._preview_url = now["preview_url"]
        try:
            preview = get_preview(get_bare_job(self.owner, now["job_id"]))
        except Refused:  # the job has ended meanwhile
            return
        node = self._job_of(now).preset_version.manifest.output_node
        picture = b64encode(preview.content).decode()
        yield "preview", {"node_id": node, "content_type": preview.mime, "data_base64": picture}

    def _job_of(self, now: Mapping[str, Any]) -> Job:
        """The job as read once; only its preset does not change."""
        self._job = self._job or get_job(self.owner, now["job_id"], load=with_pictures)
        return self._job


def _encode(name: str, data: Mapping[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, cls=JSONEncoder)}\n\n".encode()
