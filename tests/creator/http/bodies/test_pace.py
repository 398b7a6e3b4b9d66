import asyncio

import pytest

from creator.http.bodies import pace
from creator.http.bodies.pace import Pace
from creator.lib.errors import Refused


class Clock:
    """Time as `Pace` and its sender see it; waiting makes it go on."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr(pace.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(pace.asyncio, "timeout", self.timeout)

    def timeout(self, seconds):
        self.ends = self.now + seconds
        return self

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        if self.now > self.ends:
            self.now = self.ends
            raise TimeoutError


def refusal_of(monkeypatch, chunks, *, seconds=1800, least_rate=1000):
    """How and when a body of (pause, bytes) is refused; None if it is not."""
    clock, sent = Clock(monkeypatch), iter(chunks)

    async def receive():
        pause, size = next(sent)
        clock.now += pause
        return {"body": b"x" * size}

    async def read():
        arriving = Pace(receive, seconds=seconds, least_rate=least_rate)
        for _ in chunks:
            await arriving.next()

    try:
        asyncio.run(read())
    except Refused as refused:
        return refused.code, clock.now
    return None


@pytest.mark.parametrize(
    ("chunks", "refused_at"),
    [
        ([(19, 1)] * 1, None),
        ([(21, 1)], 20),
        ([(1, 1)] * 100, 20.02),
        ([(1, 1000)] * 1700, None),
        ([(1, 900)] * 1000, 191),
        ([(0.1, 10**6), (19, 1), (0.1, 10**6), (19, 1)], None),
        ([(0.1, 10**9), (21, 1)], 20.1),
        ([(1, 10**6)] * 2000, 1800),
    ],
    ids=["pause", "silence", "drops", "least rate", "just below", "pauses", "fast then silent", "for ever"],
)
def test_who_is_too_slow_for_20_s_is_refused(monkeypatch, chunks, refused_at):
    found = refusal_of(monkeypatch, chunks)
    assert found == (refused_at and ("too_slow", pytest.approx(refused_at, rel=0.02)))
