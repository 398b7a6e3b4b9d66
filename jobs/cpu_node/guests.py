"""Whom the node serves. Web pages are no guests, nor is who does not know its secret."""

import hmac
import ipaddress
import socket
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers

SECRET_HEADER = "x-creator-secret"  # noqa: S105  its name, not its value
SECRET_VARIABLE = "CPU_NODE_SECRET"  # noqa: S105


@dataclass(frozen=True)
class Guests:
    """Whom the node serves: who knows its `secret`, or anybody if it is empty, under one of the `hosts`.

    It also serves every IP address and the machine's own name. Other names are refused, because a web page may have
    its own name lead here (DNS rebinding), and the browser then takes page and node for one site.
    """

    secret: str = ""
    hosts: tuple[str, ...] = ()

    def admit(self, headers: Headers) -> bool:
        return (
            self._serves(headers.get("host", ""))
            and not _is_foreign(headers)
            and self._is_known(headers.get(SECRET_HEADER, ""))
        )

    def _is_known(self, shown: str) -> bool:
        return not self.secret or hmac.compare_digest(shown.encode(), self.secret.encode())

    def _serves(self, host: str) -> bool:
        name = _name_of(host)
        if name in ("localhost", socket.gethostname().lower(), *map(str.lower, self.hosts)):
            return True
        with suppress(ValueError):
            return bool(ipaddress.ip_address(name))
        return False


def _name_of(host: str) -> str:
    """The name of a Host header, without its port."""
    with suppress(ValueError):
        return urlsplit(f"//{host}").hostname or ""
    return ""


def _is_foreign(headers: Headers) -> bool:
    """Whether a page of another site sends this. Browsers name a page's site; programs do not."""
    if headers.get("sec-fetch-site") == "cross-site":
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
