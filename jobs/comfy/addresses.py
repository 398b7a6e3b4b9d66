"""What may be shown of a node's address: a log names the host, and no place shows the credentials in it."""

from __future__ import annotations

import base64
from urllib.parse import unquote, urlsplit, urlunsplit


def host_of(url: str) -> str:
    """Host and port, such as `10.0.0.7:8188`."""
    return urlsplit(url).netloc.rpartition("@")[2]


def without_credentials(url: str) -> str:
    """The address without user and password."""
    return urlunsplit(urlsplit(url)._replace(netloc=host_of(url), query="", fragment=""))


def authorization(url: str) -> dict[str, str]:
    """The header for the user and password in the address (RFC 7617); none if it has none.

    Libraries log addresses, so they get one without credentials, and this header.
    """
    parts = urlsplit(url)
    if parts.username is None:
        return {}
    known = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Authorization": f"Basic {base64.b64encode(known.encode()).decode()}"}
