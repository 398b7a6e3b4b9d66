from __future__ import annotations

from typing import Any

from channels.routing import URLRouter
from django.urls import path

from creator.http.refusals import refuse_handshake
from creator.lib.errors import Refused
from jobs.streaming.consumers import JobConsumer, JobHtmlConsumer, MeConsumer


class SocketRouter:
    """Routes every socket of the site. Refuses an unknown address with 404, as it does an unknown job."""

    def __init__(self) -> None:
        self.router = URLRouter(
            [
                path("ws/jobs/<uuid:job_id>", JobConsumer.as_asgi()),
                path("ws/jobs/<uuid:job_id>/html", JobHtmlConsumer.as_asgi()),
                path("ws/me", MeConsumer.as_asgi()),
            ]
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await self.router(scope, receive, send)
        except ValueError as error:
            if not str(error).startswith("No route found"):
                raise
            await refuse_handshake(send, Refused("not_found", "There is no socket at this address."))
