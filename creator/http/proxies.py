"""What a request looked like to the first of the proxies in front of the site: address, scheme and port."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

FOR, PROTO, HOST = b"x-forwarded-for", b"x-forwarded-proto", b"host"
CLAIMS = (FOR, b"forwarded", b"x-real-ip", b"x-client-ip", b"true-client-ip", b"cf-connecting-ip")
"""Headers that say who a client is. Only this module reads one of them, and hands none on."""
SCHEMES = {"http": "ws", "https": "wss"}
Headers = list[tuple[bytes, bytes]]


class BehindProxies:
    """ASGI middleware that corrects client, scheme and Host of each request and handshake.

    Each of `count` proxies appends the address it was called from to `X-Forwarded-For`, so the client's is
    the `count`-th from the end; entries before it may be forged. `X-Forwarded-Proto` is read in the same way,
    or whole if proxies hand it on. Without proxies both headers are ignored. The app finds the address in
    `scope["client"]` (`REMOTE_ADDR`) and nowhere else: no header that claims one reaches it.

    `public_url`, if set, is the site's address in browsers: a Host with its name gets its port, because a
    proxy may leave the port out or name its own.
    """

    def __init__(self, app: Any, *, count: int, public_url: str = "") -> None:
        self.app = app
        self.count = count
        self.public = urlsplit(public_url)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers: Headers = scope["headers"]
        changes: dict[str, Any] = {
            "headers": [self._correct(*each) for each in headers if each[0].replace(b"_", b"-") not in CLAIMS]
        }
        if self.count:
            changes |= self._as_seen_by_first(scope, headers)
        await self.app({**scope, **changes}, receive, send)

    def _as_seen_by_first(self, scope: Any, headers: Headers) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        addresses, schemes = _values(headers, FOR), _values(headers, PROTO)
        if len(addresses) >= self.count:
            seen["client"] = (_bare(addresses[-self.count]), 0)
        scheme = schemes[-min(self.count, len(schemes))].lower() if schemes else ""
        if scheme in SCHEMES:
            seen["scheme"] = scheme if scope["type"] == "http" else SCHEMES[scheme]
        return seen

    def _correct(self, name: bytes, value: bytes) -> tuple[bytes, bytes]:
        if name == HOST and self.public.hostname and _name_of(value) == self.public.hostname:
            return name, self.public.netloc.encode()
        return name, value


def address_of(scope: Any) -> str:
    """The client's address as `BehindProxies` corrected it; empty for a Unix socket, which has none."""
    return scope["client"][0] if scope.get("client") else ""


def _values(headers: Headers, wanted: bytes) -> list[str]:
    """The values of all headers of that name, in order; each may be a list with commas (RFC 9110, 5.3)."""
    joined = ",".join(value.decode("latin-1") for name, value in headers if name == wanted)
    return [each.strip() for each in joined.split(",") if each.strip()]


def _bare(address: str) -> str:
    """The address without the port that some proxies add: `1.2.3.4:80`, `[2001:db8::1]:80` (RFC 7239, section 6)."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    name, colon, port = address.partition(":")
    return name if colon and port.isdecimal() else address


def _name_of(host: bytes) -> str | None:
    try:
        return urlsplit(f"//{host.decode('latin-1')}").hostname
    except ValueError:  # e.g. "["
        return None
