"""The ASGI application: pages and sockets.

It limits the size of every request body before Django reads it.
"""

import os

import django
from channels.routing import ProtocolTypeRouter
from channels.sessions import SessionMiddlewareStack
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
django.setup(set_prefix=False)

from creator.http.bodies import BodyHandler  # noqa: E402  (Django must be set up before apps are imported)
from creator.http.body_limit import MIB, BodyLimit  # noqa: E402
from creator.http.handshakes import SameOrigin  # noqa: E402
from creator.http.proxies import BehindProxies  # noqa: E402
from jobs.streaming.authentication import KeyOrSession, SessionUser  # noqa: E402
from jobs.streaming.routing import SocketRouter  # noqa: E402


def larger_bodies() -> dict[str, int]:
    """Paths that accept photos → bytes of files: one photo, or a batch in the form without JavaScript."""
    photo = settings.CONFIG.max_upload_mib * MIB
    return {"/uploads/": photo, "/api/v1/uploads": photo, "/new/": 10 * photo}


routes = ProtocolTypeRouter(
    {
        "http": BodyLimit(BodyHandler(), larger=larger_bodies),
        "websocket": KeyOrSession(
            keyed=SameOrigin(SocketRouter(), required=False),
            session=SameOrigin(SessionMiddlewareStack(SessionUser(SocketRouter()))),
        ),
    }
)
application = BehindProxies(
    routes, count=settings.CONFIG.trusted_proxies, public_url=settings.CONFIG.public_url
)
