"""`Prefer: wait=N`: what starts jobs is answered with the finished jobs, if they end in time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.request import parse_http_list
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.callers import principal_of
from accounts.enums import Scope
from accounts.principals import Principal
from creator.http.later import send_after
from creator.lib.database_errors import DATABASE_AWAY
from creator.lib.errors import Refused
from creator.platform.api import OK, json_answer
from jobs.access import get_batch, get_job
from jobs.api.schemas.batches import BatchAnswer, whole_batch
from jobs.api.schemas.jobs import JobAnswer, whole_jobs
from jobs.queries import jobs_of, with_progress
from jobs.streaming.database import in_database, take_turns_as
from jobs.streaming.ending import all_end
from jobs.streaming.limits import WATCHERS

LONGEST_WAIT_S = 60
LONGEST_NUMBER = 9
UNFINISHED: tuple[type[Exception], ...] = (Refused, *DATABASE_AWAY)
"""No place for one more stream, a job that was deleted meanwhile, no database: the answer stays as it is."""


def wait_if_preferred(request: Request, accepted: HttpResponse) -> HttpResponse:
    """Lets an answer with accepted jobs wait as long as the request prefers, and then have the whole jobs.

    The preference is ignored for a caller who may not read jobs, and for one who has as many streams open as allowed:
    what waits counts as one.
    """
    caller = principal_of(request)
    seconds = preferred_wait_s(request.headers.get("Prefer", ""))
    if not seconds or not caller.may(Scope.JOBS_READ):
        return accepted
    return send_after(accepted, partial(_wait, request, accepted, caller, seconds))


def preferred_wait_s(prefer: str) -> int:
    """The seconds of the first `wait` of the header (RFC 7240, 2 and 4.3), at most LONGEST_WAIT_S; 0 if it has none."""
    for preference in parse_http_list(prefer):
        name, _, value = preference.partition(";")[0].partition("=")
        if name.strip().lower() == "wait":
            number = value.strip().strip('"')
            is_number = number.isascii() and number.isdecimal() and len(number) <= LONGEST_NUMBER
            return min(int(number), LONGEST_WAIT_S) if is_number else 0
    return 0


async def _wait(request: Request, accepted: HttpResponse, caller: Principal, seconds: int) -> None:
    body = json.loads(accepted.content)
    jobs = [UUID(each["job_id"]) for each in body.get("jobs", [body])]
    take_turns_as(caller.user.pk)
    try:
        with WATCHERS.one_of(caller.user.pk):
            accepted["Preference-Applied"] = f"wait={seconds}"
            if not await all_end(jobs, within_s=seconds, principal=caller):
                return
            whole = await in_database(_whole)(request, caller, body)
    except UNFINISHED:
        return
    accepted.status_code = OK
    accepted.content = whole
    accepted["Content-Length"] = str(len(whole))


def _whole(request: Request, caller: Principal, body: Mapping[str, Any]) -> bytes:
    """The job or batch that the body names, as its own address shows it. Raises Refused("not_found")."""
    if "batch_id" in body:
        batch = get_batch(caller.user, UUID(body["batch_id"]))
        jobs = whole_jobs(request, list(with_progress(jobs_of(batch))))
        return json_answer(OK, BatchAnswer(whole_batch(batch, jobs)).data).body
    (job,) = whole_jobs(request, [get_job(caller.user, UUID(body["job_id"]), load=with_progress)])
    return json_answer(OK, JobAnswer(job).data).body
