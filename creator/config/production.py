"""Defaults and required settings of `ENVIRONMENT=production`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from creator.config.servers import parts_of

if TYPE_CHECKING:
    from creator.config import Config

PRODUCTION_DEFAULTS = {
    "LOG_FORMAT": "json",
    "CPU_NODES": "0",
    "DEMO_ACCOUNT": "false",
    "HTTPS": "true",
    "CONFIRM_ADDRESSES": "true",
}
"""Used for variables that the environment does not set."""

REQUIRED = ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "BROKER_URL", "REDIS_URL", "S3_BUCKET")
SHORTEST_SECRET = 50


def check_production(config: Config, given: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each missing or unsafe setting."""
    missing = [name for name in REQUIRED if not given.get(name)]
    yield from (f"{name} must be set in production" for name in missing)
    if config.secret_key and len(config.secret_key) < SHORTEST_SECRET:
        yield f"SECRET_KEY must be at least {SHORTEST_SECRET} characters in production"
    if any(len(each) < SHORTEST_SECRET for each in config.secret_key_fallbacks):
        yield f"SECRET_KEY_FALLBACKS must be keys of at least {SHORTEST_SECRET} characters in production"
    yield from _check_trials(config)
    broker = parts_of(config.broker_url)
    is_near = broker.hostname in (None, "127.0.0.1", "::1", "localhost")
    if broker.username in (None, "guest") and not is_near:
        yield "BROKER_URL must name a user other than guest in production"
    if config.redis_url and not parts_of(config.redis_url).password:
        yield "REDIS_URL must contain a password in production, as in redis://:password@host:6379/0"
    pictures = config.s3_public_url or config.s3_endpoint_url
    if config.https and pictures.startswith("http://"):
        yield "S3_PUBLIC_URL must be an https:// address: the pages are, and browsers load no picture without it"
    if not config.google_issuer.startswith("https://"):
        yield "GOOGLE_ISSUER must be an https:// address in production"
    if config.google_drive and not config.encryption_keys:
        yield "ENCRYPTION_KEYS must be set in production with GOOGLE_DRIVE: every process reads the same"
    if "*" in config.allowed_hosts:
        yield "ALLOWED_HOSTS must list host names in production, not *"


def _check_trials(config: Config) -> Iterator[str]:
    """What is for trying the product on a machine of one's own only."""
    if config.debug:
        yield "DEBUG must be off in production"
    if not config.confirm_addresses:
        yield "CONFIRM_ADDRESSES must be on in production: without it, a sign-up tells who has an account"
    if config.google_drive_url:
        yield "GOOGLE_DRIVE_URL must be empty in production"
    if config.stripe or config.stripe_api_url:
        yield "STRIPE and STRIPE_API_URL must be empty in production: the fake Stripe takes no money"
