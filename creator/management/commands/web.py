"""The site as a process of its own: pages, API, sockets. Workers and beat run elsewhere."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand

GRACE_S = 10


def server_config(**options: Any) -> uvicorn.Config:
    """uvicorn as we run it, alone or beside a worker."""
    proxies = settings.CONFIG.trusted_proxies
    return uvicorn.Config(
        "creator.asgi:application",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # A reader who never reads is found within half a minute.
        ws_ping_interval=10,
        ws_ping_timeout=15,
        # Without a proxy of ours in front, an address that a client claims is not believed.
        proxy_headers=proxies > 0,
        forwarded_allow_ips="*" if proxies else "127.0.0.1",
        **options,
    )


class Command(BaseCommand):
    help = "Serves pages, API and sockets. Start several on many machines behind one proxy."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on; 0: a free one")

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        config = server_config(host=host, port=port, timeout_graceful_shutdown=GRACE_S)
        listener = config.bind_socket()
        self.stdout.write(f"Web is on http://{host}:{listener.getsockname()[1]}")
        self.stdout.flush()
        uvicorn.Server(config).run(sockets=[listener])
