"""The secret that this installation shows to a node with every request and socket.

It is made from SECRET_KEY and the node's address, so no row and no setting holds it, and no node learns another's.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.utils.crypto import salted_hmac

from jobs.comfy import host_of
from jobs.cpu_node.guests import SECRET_HEADER

__all__ = ["SECRET_HEADER", "secret_of"]

_SALT = "jobs.nodes.secret"


def secret_of(url: str) -> str:
    """The secret of the node at `url`: 64 hexadecimal digits, the same for every path below that host and port."""
    return salted_hmac(_SALT, f"{urlsplit(url).scheme}://{host_of(url)}", algorithm="sha256").hexdigest()
