"""Profile and secrets of this installation, and the addresses people reach it at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from creator.config.declaration import setting

BASE_DIR = Path(__file__).resolve().parents[2]
ADDRESS = re.compile(r"https?://[\w.-]+(:\d+)?", re.ASCII)
INSTANCE_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,29}")


class Environment(StrEnum):
    """Profile: which outside services the product uses (docs/architecture.md, profiles)."""

    LOCAL = "local"
    PRODUCTION = "production"
    TEST = "test"


@dataclass(frozen=True)
class CoreConfig:
    """Profile, secrets, host names, the data folder."""

    environment: Environment = setting(
        "ENVIRONMENT", Environment.LOCAL, "profile: `local`, `production` or `test`"
    )
    debug: bool = setting("DEBUG", False, "show Django's debug pages; never on a public site")
    secret_key: str = setting(
        "SECRET_KEY", "", "signs sessions and file links; empty: generated once and stored under DATA_DIR"
    )
    secret_key_fallbacks: tuple[str, ...] = setting(
        "SECRET_KEY_FALLBACKS",
        (),
        "earlier secret keys, whose sessions and links still work, comma-separated",
    )
    allowed_hosts: tuple[str, ...] = setting(
        "ALLOWED_HOSTS", ("127.0.0.1", "localhost"), "host names that the site serves, comma-separated"
    )
    data_dir: Path = setting("DATA_DIR", BASE_DIR / "var", "folder for database, files and logs")
    instance: str = setting(
        "INSTANCE", "creator", "name of this installation; prefixes its queues and keys on shared servers"
    )
    https: bool = setting("HTTPS", False, "serve the site over HTTPS only (production: true)")
    trusted_proxies: int = setting(
        "TRUSTED_PROXIES",
        0,
        "number of proxies in front of the site, whose X-Forwarded-For and X-Forwarded-Proto are read",
    )
    public_url: str = setting(
        "PUBLIC_URL",
        "",
        "the site's address, for the links of mails; also if the proxy does not pass its port on",
    )
    cors_allowed_origins: tuple[str, ...] = setting(
        "CORS_ALLOWED_ORIGINS",
        (),
        "other sites whose pages may call the API with a key or token: `https://shop.example.org`, comma-separated",
    )
    link_seconds: int = setting("LINK_SECONDS", 3600, "shortest time that a link to a file works")

    def check_core(self) -> Iterator[str]:
        """A sentence for each wrong setting."""
        if not INSTANCE_NAME.fullmatch(self.instance):
            yield "INSTANCE must be 1 to 30 lower-case letters, digits and hyphens"
        if not 0 <= self.trusted_proxies <= 8:
            yield "TRUSTED_PROXIES must be between 0 and 8"
        if self.public_url and not ADDRESS.fullmatch(self.public_url):
            yield "PUBLIC_URL must be an address such as https://creator.example.org:8443"
        if not all(map(ADDRESS.fullmatch, self.cors_allowed_origins)):
            yield "CORS_ALLOWED_ORIGINS must be addresses such as https://shop.example.org, without a path"
