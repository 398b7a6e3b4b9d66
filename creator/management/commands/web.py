"""The site as a process of its own: pages, API and sockets. Workers and beat are separate processes."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand

from creator.lib.postgresql.patience import expect_prompt_replies
from creator.server.config import server_config
from jobs.uploads.pool import decoders

GRACE_S = 10


class Command(BaseCommand):
    help = "Serves pages, API and sockets. Several may run, also on several machines, behind one proxy."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on; 0: any free port")

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        expect_prompt_replies()
        config = server_config(host=host, port=port, timeout_graceful_shutdown=GRACE_S)
        if not (settings.STATIC_ROOT / "staticfiles.json").is_file():
            self.stderr.write(
                "Pages cannot be shown yet. Run: .venv/bin/python manage.py collectstatic --noinput"
            )
        decoders().keep()
        listener = config.bind_socket()
        self.stdout.write(f"Web is on http://{host}:{listener.getsockname()[1]}")
        self.stdout.flush()
        uvicorn.Server(config).run(sockets=[listener])
