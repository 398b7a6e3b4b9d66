"""Defaults and required settings of `ENVIRONMENT=production`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from creator.config.declaration import ConfigError

if TYPE_CHECKING:
    from creator.config import Config

PRODUCTION_DEFAULTS = {"LOG_FORMAT": "json", "CPU_NODES": "0", "DEMO_ACCOUNT": "false", "HTTPS": "true"}
"""Used for variables that the environment does not set."""

REQUIRED = ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "BROKER_URL", "REDIS_URL", "S3_BUCKET")
SHORTEST_SECRET = 50


def check_production(config: Config, given: Mapping[str, str]) -> None:
    """Raises ConfigError for a missing or unsafe setting."""
    for name in REQUIRED:
        if not given.get(name):
            raise ConfigError(f"{name} must be set in production")
    if len(config.secret_key) < SHORTEST_SECRET:
        raise ConfigError(f"SECRET_KEY must be at least {SHORTEST_SECRET} characters in production")
    if config.debug:
        raise ConfigError("DEBUG must be off in production")
    broker = urlsplit(config.broker_url)
    if broker.username in (None, "guest") and broker.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise ConfigError("BROKER_URL must name a user other than guest in production")
    if "*" in config.allowed_hosts:
        raise ConfigError("ALLOWED_HOSTS must list host names in production, not *")
