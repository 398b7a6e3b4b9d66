"""Sockets. Each looks at the rows when woken and every few seconds anyway: at once after a quiet time, in a burst after a
pause. It closes with 1000 after the final state."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.template.loader import render_to_string
from django.utils import timezone

from creator.lib.sockets import refuse_handshake
from jobs.access import find_job
from jobs.models import Job
from jobs.queries import with_all
from jobs.streaming.feed import encode, heartbeat, messages_after, read_snapshot, snapshot_message
from jobs.streaming.groups import job_group, owner_group
from jobs.streaming.snapshot import snapshot_of

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 3.0
OWNER_PAUSE_S = 0.25
JOB_PAUSE_S = 0.05
HEARTBEAT_S = 15.0
CLOSED_BY_FAULT = 4500
MOST_ROWS = 50
JUST_ENDED_S = 15 * 60
LONGEST_NUMBER = 18


class WatchingConsumer(AsyncWebsocketConsumer):
    """Joins a group, then loops: look, send what is new, wait to be woken. Subclasses say what to watch and send."""

    pause_s = OWNER_PAUSE_S

    async def websocket_connect(self, message: Any) -> None:
        group = await self.find_group()
        if group is None:
            await refuse_handshake(self.base_send, 404)
            return
        self.group = group
        self.woken = asyncio.Event()
        await self.channel_layer.group_add(group, self.channel_name)
        await self.accept()
        self.loop_task = asyncio.create_task(self._watch())

    async def disconnect(self, code: int) -> None:
        if hasattr(self, "loop_task"):
            self.loop_task.cancel()
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def look(self, message: dict[str, Any]) -> None:
        """A wake-up from the group."""
        self.note(message)
        self.woken.set()

    async def _watch(self) -> None:
        try:
            await self._send_until_done()
        except Exception:
            # The last boundary of a task nobody awaits: the watcher must hear of it, to come back.
            log.exception("socket_failed", group=self.group)
            await self.close(CLOSED_BY_FAULT)
        else:
            await self.close(1000)

    async def _send_until_done(self) -> None:
        done = await self.send_first()
        quiet = 0.0
        while not done:
            quiet = await self._wait(quiet)
            sent, done = await self.send_news()
            quiet = 0.0 if sent else quiet
            if quiet >= HEARTBEAT_S:
                await self.send_heartbeat()
                quiet = 0.0

    async def _wait(self, quiet: float) -> float:
        started = asyncio.get_running_loop().time()
        try:
            await asyncio.wait_for(self.woken.wait(), LOOK_EVERY_S)
            await asyncio.sleep(started + self.pause_s - asyncio.get_running_loop().time())
        except TimeoutError:
            pass
        self.woken.clear()
        return quiet + asyncio.get_running_loop().time() - started

    async def find_group(self) -> str | None:
        """The group to watch, or None: then the handshake is refused with 404."""
        raise NotImplementedError

    async def send_first(self) -> bool:
        """Sends the present; True when there is nothing more to come."""
        raise NotImplementedError

    async def send_news(self) -> tuple[bool, bool]:
        """Sends what is new: (something was sent, nothing more will come)."""
        raise NotImplementedError

    async def send_heartbeat(self) -> None:
        raise NotImplementedError

    def note(self, message: dict[str, Any]) -> None:
        """Takes a wake-up's content in."""


class JobConsumer(WatchingConsumer):
    """`/ws/jobs/<uuid>`: JSON. `?after=N` resumes: every state event above N, then the present; a snapshot where nothing is new."""

    # One job wakes its watchers seldom: its holder reports at most four times a second, states are a handful.
    pause_s = JOB_PAUSE_S

    async def find_group(self) -> str | None:
        self.job_id: UUID = self.scope["url_route"]["kwargs"]["job_id"]
        self.sequence = 0
        job = await database_sync_to_async(find_job)(self.scope["user"], self.job_id)
        return job_group(self.job_id) if job else None

    async def send_first(self) -> bool:
        after = self.scope["query_string"].decode("latin-1").removeprefix("after=")
        if after.isdecimal() and len(after) <= LONGEST_NUMBER:
            self.sequence = int(after)
            sent, done = await self.send_news()
            if sent:
                return done
        now = await database_sync_to_async(read_snapshot)(self.job_id)
        self.sequence = now.sequence
        await self.send(encode(snapshot_message(now)))
        return bool(now.terminal)

    async def send_news(self) -> tuple[bool, bool]:
        messages = await database_sync_to_async(messages_after)(self.job_id, self.sequence)
        for message in messages:
            self.sequence = message["sequence"]
            await self.send(encode(message))
        return bool(messages), any(message["terminal"] for message in messages)

    async def send_heartbeat(self) -> None:
        await self.send(encode(heartbeat(self.job_id, self.sequence)))


class JobHtmlConsumer(JobConsumer):
    """`/ws/jobs/<uuid>/html`: the same moments as the partial that the page itself includes."""

    shown: tuple[object, ...] = ()

    async def send_first(self) -> bool:
        return (await self.send_news())[1]

    async def send_news(self) -> tuple[bool, bool]:
        now, html = await database_sync_to_async(render_live)(self.job_id)
        mark = (now.sequence, now.preview_url, now.position, now.eta)
        if mark == self.shown:
            return False, False
        self.shown = mark
        await self.send(html)
        return True, now.terminal

    async def send_heartbeat(self) -> None:
        await self.send("")


class MeConsumer(WatchingConsumer):
    """`/ws/me`: a row for each of the owner's jobs that changed: woken for it, or found by its number."""

    async def find_group(self) -> str | None:
        user = self.scope["user"]
        self.woken_for: set[UUID] = set()
        self.shown: dict[UUID, int] = {}
        return owner_group(user.pk) if user.is_authenticated else None

    def note(self, message: dict[str, Any]) -> None:
        self.woken_for.add(UUID(message["job_id"]))

    async def send_first(self) -> bool:
        """A job may have ended since the page was made, or while the socket was away."""
        self.woken_for = await database_sync_to_async(just_ended)(self.scope["user"].pk)
        await self.send_news()
        return False

    async def send_news(self) -> tuple[bool, bool]:
        woken_for, self.woken_for = self.woken_for, set()
        present = await database_sync_to_async(open_sequences)(
            self.scope["user"].pk, woken_for | self.shown.keys()
        )
        changed = [
            job_id
            for job_id, (sequence, _) in present.items()
            if job_id in woken_for or self.shown.get(job_id) != sequence
        ]
        self.shown = {job_id: sequence for job_id, (sequence, is_open) in present.items() if is_open}
        for job_id in changed:
            await self.send(await database_sync_to_async(render_row)(job_id))
        return bool(changed), False

    async def send_heartbeat(self) -> None:
        await self.send("")


def render_live(job_id: UUID) -> Any:
    """The job's snapshot and the live part of its page."""
    job = with_all(Job.objects.filter(pk=job_id)).get()
    now = snapshot_of(job)
    return now, render_to_string("jobs/_live.html", {"job": job, "now": now})


def render_row(job_id: UUID) -> str:
    job = with_all(Job.objects.filter(pk=job_id)).get()
    return render_to_string("jobs/_live_row.html", {"job": job, "now": snapshot_of(job)})


def open_sequences(owner_id: UUID, also: Collection[UUID]) -> dict[UUID, tuple[int, bool]]:
    """Number, and whether it is open, of the owner's oldest open jobs (the next to be done) and of those in `also`."""
    mine = Job.objects.filter(owner_id=owner_id)
    oldest = mine.filter(finished_at=None).order_by("created_at").values_list("pk", flat=True)[:MOST_ROWS]
    wanted = mine.filter(pk__in={*oldest, *also})
    return {
        pk: (sequence, finished_at is None)
        for pk, sequence, finished_at in wanted.values_list("pk", "progress__sequence", "finished_at")
    }


def just_ended(owner_id: UUID) -> set[UUID]:
    """The owner's jobs that ended in the last minutes."""
    since = timezone.now() - timedelta(seconds=JUST_ENDED_S)
    ended = Job.objects.filter(owner_id=owner_id, finished_at__gte=since).order_by("-finished_at")
    return set(ended.values_list("pk", flat=True)[:MOST_ROWS])
