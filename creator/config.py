"""The one typed description of what the environment may set.

Every field of `Config` is one environment variable; README's table of settings is compared with it by a test.
A wrong value stops the start with the name of the variable, never later.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from creator.lib.secret_file import kept_secret

BASE_DIR = Path(__file__).resolve().parent.parent


class ConfigError(Exception):
    """An environment variable is missing or wrong; the message names it."""


class Environment(StrEnum):
    """Which set of outside parts the product runs on (docs/architecture.md, profiles)."""

    LOCAL = "local"
    PRODUCTION = "production"
    TEST = "test"


ALIASES = {"development": "local", "testing": "test"}
# What is different in production where the environment says nothing.
PRODUCTION_DEFAULTS = {"LOG_FORMAT": "json", "CPU_NODES": "0", "DEMO_ACCOUNT": "false", "HTTPS": "true"}
NEEDED_IN_PRODUCTION = (
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "DATABASE_URL",
    "BROKER_URL",
    "REDIS_URL",
    "S3_BUCKET",
)
SHORTEST_SECRET = 50


INSTANCE_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,29}")
FEWEST_THREADS = 5  # four are left for ticks


def setting(name: str, default: Any, words: str) -> Any:
    """One field of `Config`: variable name, default, and what README says of it."""
    return field(default=default, metadata={"name": name, "words": words})


@dataclass(frozen=True)
class Config:
    """What the environment decides. Sizes in MiB or megapixels, times in seconds, where a name says so."""

    environment: Environment = setting(
        "ENVIRONMENT", Environment.LOCAL, "profile: `local`, `production` or `test`"
    )
    debug: bool = setting("DEBUG", False, "Django's debug pages; never where others can reach it")
    secret_key: str = setting(
        "SECRET_KEY", "", "signs sessions and file links; made once under DATA_DIR if empty"
    )
    allowed_hosts: tuple[str, ...] = setting(
        "ALLOWED_HOSTS", ("127.0.0.1", "localhost"), "host names the site answers to, comma-separated"
    )
    data_dir: Path = setting("DATA_DIR", BASE_DIR / "var", "folder for database, files and logs")
    instance: str = setting(
        "INSTANCE", "creator", "name of this installation: keeps its queues and keys apart on shared servers"
    )
    https: bool = setting("HTTPS", False, "people reach the site by HTTPS only (production: true)")
    trusted_proxies: int = setting(
        "TRUSTED_PROXIES", 0, "proxies in front of the site whose word on address and scheme is believed"
    )
    database_url: str = setting(
        "DATABASE_URL", "", "`postgres://user:password@host/name`; empty: SQLite under DATA_DIR"
    )
    database_pool: int = setting(
        "DATABASE_POOL", 18, "most connections to PostgreSQL of one process: WORKER_THREADS and two more"
    )
    statement_timeout_seconds: float = setting(
        "STATEMENT_TIMEOUT_SECONDS", 30.0, "longest statement in PostgreSQL"
    )
    lock_timeout_seconds: float = setting(
        "LOCK_TIMEOUT_SECONDS", 10.0, "longest wait for a lock in PostgreSQL"
    )
    broker_url: str = setting(
        "BROKER_URL", "", "`amqp://user:password@host/vhost`; empty: within the process"
    )
    redis_url: str = setting("REDIS_URL", "", "`redis://host:6379/0`; empty: within the process")
    s3_bucket: str = setting("S3_BUCKET", "", "bucket for files; empty: a folder under DATA_DIR")
    s3_endpoint_url: str = setting("S3_ENDPOINT_URL", "", "S3 server, where it is not Amazon's")
    s3_public_url: str = setting(
        "S3_PUBLIC_URL", "", "the same server as browsers reach it, where that differs"
    )
    s3_region: str = setting("S3_REGION", "us-east-1", "region of the bucket")
    s3_access_key_id: str = setting("S3_ACCESS_KEY_ID", "", "empty: as boto3 finds it")
    s3_secret_access_key: str = setting("S3_SECRET_ACCESS_KEY", "", "empty: as boto3 finds it")
    worker_threads: int = setting(
        "WORKER_THREADS", 16, "threads of one worker: prompts it watches, and ticks"
    )
    log_level: str = setting("LOG_LEVEL", "INFO", "`DEBUG`, `INFO`, `WARNING` or `ERROR`")
    log_format: str = setting("LOG_FORMAT", "console", "`console` for people, `json` for machines")
    email_url: str = setting("EMAIL_URL", "consolemail://", "where mail goes, as a django-environ URL")
    from_email: str = setting("DEFAULT_FROM_EMAIL", "Creator <creator@localhost>", "sender of our mail")
    cpu_nodes: int = setting("CPU_NODES", 1, "CPU nodes that `make run` starts beside the site")
    slots_per_node: int = setting(
        "SLOTS_PER_NODE", 2, "prompts on a node at a time: one running, the rest staged"
    )
    demo_account: bool = setting("DEMO_ACCOUNT", True, "make a demo account at the first start")
    lease_seconds: float = setting("LEASE_SECONDS", 15.0, "how long a worker holds a job without renewing")
    lease_renew_seconds: float = setting(
        "LEASE_RENEW_SECONDS", 5.0, "how often a worker renews what it holds"
    )
    job_attempts: int = setting("JOB_ATTEMPTS", 3, "tries of a job before an infrastructure fault fails it")
    queue_timeout_seconds: int = setting(
        "QUEUE_TIMEOUT_SECONDS", 1800, "longest wait while no node can run a job"
    )
    connect_timeout_seconds: float = setting(
        "CONNECT_TIMEOUT_SECONDS", 5.0, "longest wait for a node to accept"
    )
    max_upload_mib: int = setting("MAX_UPLOAD_MIB", 40, "largest photo file")
    max_megapixels: int = setting("MAX_MEGAPIXELS", 50, "largest photo")
    max_batch_files: int = setting("MAX_BATCH_FILES", 50, "photos in one batch")
    link_seconds: int = setting("LINK_SECONDS", 3600, "how long a link to a file works, at least")


def variables() -> list[tuple[str, str, str]]:
    """Name, default and words of every variable, in the order of README's table."""
    return [(f.metadata["name"], _shown(f.default), f.metadata["words"]) for f in fields(Config)]


def read_config(given: Mapping[str, str]) -> Config:
    """Reads and checks the environment. Raises ConfigError naming the first wrong variable."""
    environment = ALIASES.get(given.get("ENVIRONMENT", ""), given.get("ENVIRONMENT", ""))
    defaults = PRODUCTION_DEFAULTS if environment == Environment.PRODUCTION else {}
    values: dict[str, Any] = {}
    for each in fields(Config):
        name = each.metadata["name"]
        raw = given.get(name) or defaults.get(name)
        values[each.name] = _parse(name, raw, each.default) if raw else each.default
    config = Config(**values)
    _check(config)
    if config.environment is Environment.PRODUCTION:
        _check_production(config, given)
    return config


def prepare_data_dir(config: Config) -> Path:
    """Makes the folder for this user alone: sessions and photos are nobody else's on the machine."""
    folder = config.data_dir
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"DATA_DIR: {folder} cannot be made: {error.strerror}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"DATA_DIR: {folder} cannot be written to")
    return folder


def local_secret_key(config: Config) -> str:
    """The configured key, or one made at the first start and kept beside the data (mode 600)."""
    if config.secret_key:
        return config.secret_key
    return kept_secret(config.data_dir / "secret_key", length=50)


def _parse(name: str, raw: str, default: Any) -> Any:
    try:
        return _PARSERS[type(default)](raw)
    except (ValueError, KeyError) as error:
        kind = _KINDS[type(default)]
        raise ConfigError(f"{name} must be {kind}, not {raw!r}") from error


def _boolean(raw: str) -> bool:
    words = {
        "true": True,
        "1": True,
        "yes": True,
        "on": True,
        "false": False,
        "0": False,
        "no": False,
        "off": False,
    }
    return words[raw.strip().lower()]


def _environment(raw: str) -> Environment:
    return Environment(ALIASES.get(raw, raw))


_PARSERS: dict[type, Any] = {
    bool: _boolean,
    int: int,
    float: float,
    str: str,
    tuple: lambda raw: tuple(part.strip() for part in raw.split(",") if part.strip()),
    Environment: _environment,
    type(BASE_DIR): lambda raw: Path(raw).expanduser().resolve(),
}
_KINDS: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    Environment: "local, production or test",
}


def _check(config: Config) -> None:
    _check_numbers(config)
    _check_words(config)
    for name, value, schemes in _addresses(config):
        if value and not value.startswith(schemes):
            raise ConfigError(f"{name} must be an address that begins with {' or '.join(schemes)}")
    try:
        environ.Env.email_url_config(config.email_url)
    except ImproperlyConfigured as error:
        raise ConfigError("EMAIL_URL must be an address such as smtp://user:password@host:587") from error


def _check_numbers(config: Config) -> None:
    may_be_0 = ("cpu_nodes", "trusted_proxies")
    positive = [f for f in fields(Config) if type(f.default) in (int, float) and f.name not in may_be_0]
    for each in positive:
        if not 0 < getattr(config, each.name) < math.inf:
            raise ConfigError(f"{each.metadata['name']} must be more than 0 and finite")
    if not 0 <= config.cpu_nodes <= 64:
        raise ConfigError("CPU_NODES must be between 0 and 64")
    if not 0 <= config.trusted_proxies <= 8:
        raise ConfigError("TRUSTED_PROXIES must be between 0 and 8")
    if config.worker_threads < FEWEST_THREADS:
        raise ConfigError(f"WORKER_THREADS must be at least {FEWEST_THREADS}")
    if config.lease_renew_seconds * 2 > config.lease_seconds:
        raise ConfigError("LEASE_RENEW_SECONDS must be at most half of LEASE_SECONDS")


def _check_words(config: Config) -> None:
    if not INSTANCE_NAME.fullmatch(config.instance):
        raise ConfigError("INSTANCE must be 1 to 30 small letters, digits and hyphens")
    if config.log_format not in ("console", "json"):
        raise ConfigError(f"LOG_FORMAT must be console or json, not {config.log_format!r}")
    if config.log_level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ConfigError(f"LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, not {config.log_level!r}")


def _addresses(config: Config) -> list[tuple[str, str, tuple[str, ...]]]:
    web = ("http://", "https://")
    return [
        ("DATABASE_URL", config.database_url, ("postgres://", "postgresql://")),
        ("BROKER_URL", config.broker_url, ("amqp://", "amqps://")),
        ("REDIS_URL", config.redis_url, ("redis://", "rediss://")),
        ("S3_ENDPOINT_URL", config.s3_endpoint_url, web),
        ("S3_PUBLIC_URL", config.s3_public_url, web),
    ]


def _check_production(config: Config, given: Mapping[str, str]) -> None:
    for name in NEEDED_IN_PRODUCTION:
        if not given.get(name):
            raise ConfigError(f"{name} must be set in production")
    if len(config.secret_key) < SHORTEST_SECRET:
        raise ConfigError(f"SECRET_KEY must be at least {SHORTEST_SECRET} characters in production")
    if config.debug:
        raise ConfigError("DEBUG must be off in production")
    broker = urlsplit(config.broker_url)
    if broker.username in (None, "guest") and broker.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise ConfigError("BROKER_URL must name a user of its own in production, not guest")
    if "*" in config.allowed_hosts:
        raise ConfigError("ALLOWED_HOSTS must be names in production, not *")


def _shown(default: Any) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return ",".join(default)
    if isinstance(default, Path):
        return default.name
    return str(default)
