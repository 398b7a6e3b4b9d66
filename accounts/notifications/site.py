"""The site as mails see it. A mail is sent outside any request, but its links need the site's address."""

from __future__ import annotations

from allauth.core import context as current
from django.conf import settings
from django.http import HttpRequest


def site_address() -> str:
    """The address at which the person of the present request uses the site; in a worker, the configured one."""
    request = current.request
    return f"{request.scheme}://{request.get_host()}" if request else settings.SITE_ADDRESS


class SiteRequest(HttpRequest):
    """Replaces the request that caused a mail: absolute addresses are built from a request."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._site_scheme, _, host = address.partition("://")
        name, _, port = host.rpartition(":") if ":" in host else (host, "", "")
        self.method, self.path = "GET", "/"
        self.META = {"HTTP_HOST": host, "SERVER_NAME": name, "SERVER_PORT": port or "80"}

    def _get_scheme(self) -> str:
        return self._site_scheme
