"""The WebSocket consumers. Each reads the rows when it is woken; a shared poll wakes it for lost wake-ups."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from django.template.loader import render_to_string

from accounts.enums import Scope
from jobs.access import find_job
from jobs.models import Job
from jobs.queries import with_all
from jobs.streaming.database import in_database
from jobs.streaming.groups import job_group, owner_group
from jobs.streaming.job_lists import LISTS, ShownHome
from jobs.streaming.messages import encode, parse_number
from jobs.streaming.places import PLACES, place_in, watching_places
from jobs.streaming.snapshot import snapshot_of
from jobs.streaming.sockets import WatchingConsumer
from jobs.streaming.watch import JOB_PAUSE_S, SEQUENCES, Pace, watch_job

OWNER_PAUSE_S = 0.25


class JobConsumer(WatchingConsumer):
    """`/ws/jobs/<uuid>`: JSON messages.

    `?after=N` resumes: it sends every event with a sequence above N and then the current state, or a snapshot
    if nothing is new.
    """

    pause_s = JOB_PAUSE_S
    program_scope: Scope | None = Scope.JOBS_READ

    async def find_group(self) -> str | None:
        self.job_id: UUID = self.scope["url_route"]["kwargs"]["job_id"]
        job = await in_database(find_job)(self.principal.user, self.job_id)
        return job_group(self.job_id) if job else None

    async def send_all(self) -> None:
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        after = parse_number(query.get("after", [""])[0])
        messages = watch_job(self.job_id, after, woken=self.woken, pause_s=self.pause_s)
        async with aclosing(messages):
            async for message in messages:
                await self.send_text(encode(message))


class JobHtmlConsumer(JobConsumer):
    """`/ws/jobs/<uuid>/html`: the same updates as HTML, rendered with the page's own partial."""

    program_scope = None

    async def send_all(self) -> None:
        pace = Pace(self.woken, self.pause_s)
        wake = self.woken.set
        shown: tuple[object, ...] = ()
        with (
            SEQUENCES.watching(self.job_id, None, wake) as seen,
            PLACES.watching(self.job_id, None, wake) as place,
        ):
            while True:
                now, html = await in_database(render_live)(self.job_id)
                seen.value, place.value = now.sequence, place_in(now)
                mark = (now.sequence, now.preview_url, now.position, now.eta, now.why)
                if mark != shown:
                    shown = mark
                    await self.send_text(html)
                    pace.spoke()
                if now.terminal:
                    return
                while not await pace.next_look():
                    await self.send_text("")


class MeConsumer(WatchingConsumer):
    """`/ws/me`: sends the HTML of everything that changed on the owner's home page."""

    pause_s = OWNER_PAUSE_S

    async def find_group(self) -> str | None:
        return owner_group(self.principal.user.pk)

    async def send_all(self) -> None:
        owner_id = self.principal.user.pk
        shown, pace = ShownHome(owner_id), Pace(self.woken, self.pause_s)
        # No list has the mark (), so the first poll always triggers another look: a job may have ended before
        # it without a wake-up.
        with LISTS.watching(owner_id, (), self.woken.set):
            while True:
                for message in await in_database(shown.news)():
                    await self.send_text(message)
                    pace.spoke()
                with watching_places(shown.estimated, self.woken.set):
                    while not await pace.next_look():
                        await self.send_text("")


def render_live(job_id: UUID) -> Any:
    """Returns the job's snapshot and the HTML of the live part of its page."""
    job = with_all(Job.objects.filter(pk=job_id)).get()
    now = snapshot_of(job)
    return now, render_to_string("jobs/_live.html", {"job": job, "now": now})
