"""uvicorn's configuration for `web` and `serve`."""

from __future__ import annotations

from typing import Any

import uvicorn
from django.conf import settings

from creator.server.admission import Admission
from creator.server.descriptors import connections_within
from creator.server.tally import RefusalTally

BACKLOG = 256
"""Connections that the kernel keeps until this process takes them."""
KEEP_ALIVE_S = 5
LONGEST_MESSAGE = 1024
"""Bytes of a message from a client. No client of ours sends any."""


class SiteConfig(uvicorn.Config):
    """As uvicorn's, with what all connections of the server share."""

    def __init__(self, app: Any, *, admission: Admission, **options: Any) -> None:
        super().__init__(app, **options)
        self.admission = admission
        self.refusals = RefusalTally()


def server_config(app: Any = "creator.asgi:application", **options: Any) -> SiteConfig:
    """The configuration of this site's server. Raises the process's limit of file descriptors."""
    config = settings.CONFIG
    return SiteConfig(
        app,
        admission=Admission(
            connections_within(config.max_connections),
            # Behind proxies all connections come from theirs: nginx counts those of its clients.
            None if config.trusted_proxies else config.max_connections_per_address,
        ),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        http="creator.server.http:BoundedHttp",
        ws="creator.server.socket:BoundedSocket",
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        ws_max_size=LONGEST_MESSAGE,
        ws_per_message_deflate=False,
        # Closes the socket of a client that stops reading within half a minute.
        ws_ping_interval=10,
        ws_ping_timeout=15,
        proxy_headers=False,  # uvicorn would believe any address that a client claims; see creator.http.proxies
        **options,
    )
