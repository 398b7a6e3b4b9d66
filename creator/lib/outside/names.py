"""Asks the DNS for the addresses of a name, with an end to the wait: `getaddrinfo` has none."""

from __future__ import annotations

import socket
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv6Address, ip_address
from threading import BoundedSemaphore, Thread

from creator.lib.outside.errors import Away

LOOKUPS_AT_ONCE = 32
"""A lookup that is given up keeps its thread until the resolver gives up, too."""
_free = BoundedSemaphore(LOOKUPS_AT_ONCE)


def look_up(name: str, seconds: float) -> list[IPv4Address | IPv6Address]:
    """All addresses of the name; none if it has none. Raises Away if the DNS fails or is silent for `seconds`."""
    if not _free.acquire(blocking=False):
        raise Away("Too many names are being looked up at the moment.")
    answer: Future[list[str]] = Future()
    Thread(target=_ask, args=(name, answer), name="outside-name", daemon=True).start()
    try:
        return [ip_address(each) for each in answer.result(timeout=seconds)]
    except (socket.gaierror, TimeoutError) as error:
        if isinstance(error, socket.gaierror) and error.errno != socket.EAI_AGAIN:
            return []
        raise Away(f"The DNS did not answer for “{name}”.") from error


def _ask(name: str, answer: Future[list[str]]) -> None:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        answer.set_result([str(sockaddr[0]) for *_, sockaddr in found])
    except Exception as error:  # noqa: BLE001 - the thread that waits raises it
        answer.set_exception(error)
    finally:
        _free.release()
