"""Runs the site behind its real server, for tests of what a network does to a connection."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from creator.server.config import server_config
from tests.jobs.execution.running import eventually


@contextmanager
def served(application: Any = None) -> Iterator[str]:
    """Yield the site's address. The server runs in a thread, so it shares the test's database."""
    if application is None:
        from creator.asgi import application

    server = uvicorn.Server(server_config(application, host="127.0.0.1", port=0))
    thread = threading.Thread(target=server.run)
    thread.start()
    eventually(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
