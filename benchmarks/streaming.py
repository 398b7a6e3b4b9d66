"""Watching jobs: the messages that readers with cut connections receive, and the cost of open sockets.

    python -m benchmarks.streaming [--seed 1]

Runs on the production profile with waiting nodes. Readers follow jobs to their end while these and other jobs
make events.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psutil
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from benchmarks.latency import measure_latency
from benchmarks.product import end_on_signals
from benchmarks.production import PEOPLE, Production, new_folder, running_production, submit_one
from benchmarks.rows import Row, show

PATIENCE_S = 60
STAY_S = 0.3
STAY_MESSAGES = 4
DONE = 1000
READERS, CUTS = 50, 20
JOBS, JOB_S = 120, 1.0
IDLE_S = 10
OPENED_AT_ONCE = 8


@dataclass(frozen=True)
class Door:
    """The address and the session cookie for opening sockets."""

    url: str
    cookie: str

    def open(self, job_id: str, after: int | None = None) -> Any:
        """A connection to the job's socket, as the site's page opens it."""
        query = "" if after is None else f"?after={after}"
        address = f"ws{self.url.removeprefix('http')}/ws/jobs/{job_id}{query}"
        headers = {"Cookie": self.cookie}
        return connect(
            address,
            origin=Origin(self.url),
            additional_headers=headers,
            proxy=None,
            open_timeout=PATIENCE_S,  # fifty readers connect at once
            max_queue=None,  # otherwise a clean close waits behind unread messages
        )


@dataclass
class Story:
    """The messages of one reader, in order, over all its connections: (type, number, status, stage)."""

    told: list[tuple[str, int, str, str]] = field(default_factory=list)
    cuts: int = 0

    @property
    def last(self) -> int | None:
        return self.told[-1][1] if self.told else None


@dataclass(frozen=True)
class Verdict:
    """Violations in all stories; each must be 0."""

    missing: int
    disorder: int
    twice: int


async def follow(door: Door, job_id: str, *, cuts: int, chance: random.Random) -> Story:
    """Follows a job to its end, while its connection is cut `cuts` times at random moments."""
    story = Story()
    while True:
        async with door.open(job_id, story.last) as socket:
            is_cut = story.cuts < cuts
            if is_cut:
                await _listen_a_while(socket, story, chance)
                await _cut(socket, chance)
                story.cuts += 1
            elif await _listen_to_the_end(socket, story):
                return story


async def _listen_a_while(socket: ClientConnection, story: Story, chance: random.Random) -> None:
    until = time.monotonic() + chance.uniform(0, STAY_S)
    for _ in range(chance.randint(0, STAY_MESSAGES)):
        try:
            async with asyncio.timeout(until - time.monotonic()):
                _note(story, await socket.recv())
        except (TimeoutError, ConnectionClosed):
            return


async def _cut(socket: ClientConnection, chance: random.Random) -> None:
    """Usually aborts the connection, as a lost network does; sometimes closes it cleanly."""
    if chance.random() < 0.7:
        socket.transport.abort()
    else:
        await socket.close()


async def _listen_to_the_end(socket: ClientConnection, story: Story) -> bool:
    """Reads until the connection closes. True if the server closed it because the job is final."""
    while True:
        try:
            async with asyncio.timeout(PATIENCE_S):
                _note(story, await socket.recv())
        except ConnectionClosed as closed:
            return closed.rcvd is not None and closed.rcvd.code == DONE


def _note(story: Story, text: str | bytes) -> None:
    message = json.loads(text)
    if message["type"] != "heartbeat":
        story.told.append((message["type"], message["sequence"], message["status"], message["stage"]))


def judge(stories: Sequence[Story], states: Mapping[int, tuple[str, str]]) -> Verdict:
    """Compares the stories of one job's readers with the job's states, number → (status, stage).

    A reader must receive each state after its first message. A snapshot with the reader's last number is not
    a repetition: it says that nothing is new.
    """
    missing = disorder = twice = 0
    for story in stories:
        first = story.told[0][1]
        heard = {number: (status, stage) for _, number, status, stage in story.told}
        missing += sum(heard.get(number) != state for number, state in states.items() if number > first)
        for (_, before, *_), (kind, after, *_) in zip(story.told, story.told[1:], strict=False):
            disorder += after < before
            twice += after == before and kind == "update"
    return Verdict(missing, disorder, twice)


async def read_states(door: Door, job_id: str) -> dict[int, tuple[str, str]]:
    """Every state of a final job, by number, as a new socket reports them."""
    story = Story()
    async with door.open(job_id, 0) as socket:
        await _listen_to_the_end(socket, story)
    return {number: (status, stage) for _, number, status, stage in story.told}


async def measure_cuts(
    door: Door, job_ids: Sequence[str], *, readers: int, cuts: int, seed: int
) -> list[Row]:
    """Follows the jobs with `readers` readers, spread evenly. The jobs must end by themselves."""
    jobs = [job_ids[number % len(job_ids)] for number in range(readers)]
    followed = [
        follow(door, job, cuts=cuts, chance=random.Random(f"{seed}.{n}")) for n, job in enumerate(jobs)
    ]
    stories = await asyncio.gather(*followed)
    verdicts = [
        judge([story for story, job in zip(stories, jobs, strict=True) if job == each], states)
        for each, states in [(each, await read_states(door, each)) for each in set(jobs)]
    ]
    told = sum(len(story.told) for story in stories)
    note = f"{readers} readers cut {cuts} times each, {told} messages, seed {seed}"
    return [
        Row("stream_states_missing", sum(v.missing for v in verdicts), "events", note=note),
        Row("stream_out_of_order", sum(v.disorder for v in verdicts), "messages", note=note),
        Row("stream_twice", sum(v.twice for v in verdicts), "messages", note=note),
    ]


@asynccontextmanager
async def open_sockets(door: Door, job_ids: Sequence[str], count: int) -> AsyncIterator[None]:
    """Holds `count` sockets open, spread evenly over the jobs, each past its first message.

    Opens OPENED_AT_ONCE at a time.
    """
    opening = asyncio.Semaphore(OPENED_AT_ONCE)

    async def enter(number: int) -> ClientConnection:
        async with opening:
            socket: ClientConnection = await door.open(job_ids[number % len(job_ids)])
            await socket.recv()
            return socket

    sockets = await asyncio.gather(*(enter(number) for number in range(count)))
    try:
        yield
    finally:
        await asyncio.gather(*(socket.close() for socket in sockets))


async def measure_idle(
    door: Door, job_ids: Sequence[str], *, pid: int, count: int, seconds: float
) -> list[Row]:
    """Memory and processor time of a web process for sockets without events, such as those of queued jobs."""
    process = psutil.Process(pid)
    async with open_sockets(door, job_ids, 20):  # exclude what the first sockets load
        pass
    before = process.memory_info().rss
    async with open_sockets(door, job_ids, count):
        await asyncio.sleep(1)
        busy, began = sum(process.cpu_times()[:2]), time.monotonic()
        await asyncio.sleep(seconds)
        share = (sum(process.cpu_times()[:2]) - busy) / (time.monotonic() - began) * 100
        memory = (process.memory_info().rss - before) / count / 1024
    note = f"{count} sockets on one process, {seconds:g} s"
    return [
        Row("idle_socket_memory_kib", round(memory, 1), "KiB", note=note),
        Row("idle_sockets_cpu_percent", round(share, 1), "% of a core", note=note),
    ]


def measure_streaming(production: Production, *, seed: int = 1, sockets: int = 500) -> list[Row]:
    """Cut readers, idle sockets and latencies of the running product."""
    client, person = production.clients[0], PEOPLE[0]
    door = Door(production.url, production.product.sign_in(person))
    web = production.product.web
    assert web is not None
    production.give_jobs_to([])
    jobs = [submit_one(client, JOB_S) for _ in range(JOBS)]
    idle = asyncio.run(measure_idle(door, jobs[:20], pid=web.pid, count=sockets, seconds=IDLE_S))
    production.give_jobs_to([node.name for node in production.nodes])
    cuts = asyncio.run(measure_cuts(door, jobs[JOBS // 2 :], readers=READERS, cuts=CUTS, seed=seed))
    production.wait_until_done()
    (events,) = production.read(
        "SELECT SUM(sequence) FROM jobs_jobprogress WHERE job_id = ANY(%s)", list(map(UUID, jobs))
    )[0]
    flowed = Row("stream_events", float(events), "events", note=f"of {JOBS} jobs, while readers were cut")
    return [flowed, *cuts, *idle, *measure_latency(production, door.cookie, count=20)]


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.streaming", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    end_on_signals()
    folder = new_folder("bench")
    with running_production(folder) as production:
        rows = measure_streaming(production, seed=options.seed)
    shutil.rmtree(folder, ignore_errors=True)
    show(rows)


if __name__ == "__main__":
    main()
