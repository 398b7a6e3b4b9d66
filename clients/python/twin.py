"""Makes the asynchronous client out of the other one, so that both always do the same."""

from __future__ import annotations

import re

AWAITED = (
    "self.call",
    "self._send",
    "self._try",
    "self.upload",
    "self.wait",
    "self.picture_of",
    "self.sleep",
    "self.http.request",
    "self.close",
    "answer.aread",
    "self.http.aclose",
)
ITERATED = ("self.events", "self._stream", "answer.aiter_lines")
WORDS = {
    '"""The client: `Client(key="…").run("cinematic", "photo.jpg").save("picture.png")`."""': (
        '"""The asynchronous twin of `client.py`, written from it by generate.py."""'
    ),
    "class Client:": "class AsyncClient:",
    "import time\n": "import asyncio\n",
    "time.sleep": "asyncio.sleep",
    "import Callable, Iterator": "import AsyncIterator, Awaitable, Callable",
    "Callable[[float], None]": "Callable[[float], Awaitable[None]]",
    "Iterator[": "AsyncIterator[",
    "httpx2.BaseTransport": "httpx2.AsyncBaseTransport",
    "httpx2.Client(": "httpx2.AsyncClient(",
    "__enter__": "__aenter__",
    "__exit__": "__aexit__",
    "answer.read(": "answer.aread(",
    "answer.iter_lines(": "answer.aiter_lines(",
    "self.http.close(": "self.http.aclose(",
    "with self.http.stream(": "async with self.http.stream(",
    '            yield from page["jobs"]\n': '            for job in page["jobs"]:\n                yield job\n',
}


def twin_of(source: str) -> str:
    """The text of the asynchronous module."""
    for word, other in WORDS.items():
        if word not in source:
            raise ValueError(f"client.py no longer has {word!r}")
        source = source.replace(word, other)
    source = re.sub(r"    def (?!__init__)", "    async def ", source)
    source = re.sub(rf"\b({_any(AWAITED)})\(", r"await \1(", source)
    source = re.sub(rf"for (\w+) in ({_any(ITERATED)})\(", r"async for \1 in \2(", source)
    return re.sub(r"(await self\.upload\(\w+\))\[", r"(\1)[", source)


def _any(names: tuple[str, ...]) -> str:
    return "|".join(map(re.escape, names))
