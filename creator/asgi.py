"""The ASGI application: pages and sockets, with the size of every request body bounded before Django reads it."""

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
django_application = get_asgi_application()

from creator.lib.bodies import BodyLimit  # noqa: E402  (Django must be set up before apps are imported)
from creator.lib.sockets import SameOrigin  # noqa: E402
from jobs.streaming.doors import KeyOrSession  # noqa: E402
from jobs.streaming.routing import SocketRouter  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": BodyLimit(django_application),
        "websocket": KeyOrSession(
            keyed=SameOrigin(SocketRouter(), required=False),
            session=SameOrigin(AuthMiddlewareStack(SocketRouter())),
        ),
    }
)
