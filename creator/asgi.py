"""The ASGI application: pages and sockets.

Every request's body has passed a door before Django is called.
"""

import os

import django
from channels.routing import ProtocolTypeRouter
from channels.sessions import SessionMiddlewareStack
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
django.setup(set_prefix=False)

from creator.http.bodies.door import BodyDoor  # noqa: E402  (Django must be set up before apps are imported)
from creator.http.bodies.handler import BodyHandler  # noqa: E402
from creator.http.cors import share_with  # noqa: E402
from creator.http.handshakes import SameOrigin  # noqa: E402
from creator.http.proxies import BehindProxies  # noqa: E402
from creator.lib.scratch import keep_scratch_swept  # noqa: E402
from creator.senders import SMALL_BODIES, sender_of  # noqa: E402
from jobs.streaming.authentication import BoundedHandshake, PagePrincipal, ProgramOrPage  # noqa: E402
from jobs.streaming.routing import SocketRouter  # noqa: E402

keep_scratch_swept()
routes = ProtocolTypeRouter(
    {
        "http": share_with(
            settings.CONFIG.cors_allowed_origins,
            BodyDoor(BodyHandler(), sender_of=sender_of, small=SMALL_BODIES),
        ),
        "websocket": BoundedHandshake(
            ProgramOrPage(
                program=SameOrigin(SocketRouter(), required=False),
                page=SameOrigin(SessionMiddlewareStack(PagePrincipal(SocketRouter()))),
            )
        ),
    }
)
application = BehindProxies(
    routes, count=settings.CONFIG.trusted_proxies, public_url=settings.CONFIG.public_url
)
