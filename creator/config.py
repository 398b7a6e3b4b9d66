"""The one typed description of what the environment may set.

Every field of `Config` is one environment variable; README's table of settings is compared with it by a test.
A wrong value stops the start with the name of the variable, never later.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from creator.lib.secret_file import kept_secret

BASE_DIR = Path(__file__).resolve().parent.parent


class ConfigError(Exception):
    """An environment variable is missing or wrong; the message names it."""


class Environment(StrEnum):
    """Which set of outside parts the product runs on (docs/architecture.md, profiles)."""

    LOCAL = "local"
    TEST = "test"


ALIASES = {"development": "local", "testing": "test"}


def setting(name: str, default: Any, words: str) -> Any:
    """One field of `Config`: variable name, default, and what README says of it."""
    return field(default=default, metadata={"name": name, "words": words})


@dataclass(frozen=True)
class Config:
    """What the environment decides. Sizes in MiB or megapixels, times in seconds, where a name says so."""

    environment: Environment = setting("ENVIRONMENT", Environment.LOCAL, "profile: `local` or `test`")
    debug: bool = setting("DEBUG", False, "Django's debug pages; never where others can reach it")
    secret_key: str = setting(
        "SECRET_KEY", "", "signs sessions and file links; made once under DATA_DIR if empty"
    )
    allowed_hosts: tuple[str, ...] = setting(
        "ALLOWED_HOSTS", ("127.0.0.1", "localhost"), "host names the site answers to, comma-separated"
    )
    data_dir: Path = setting("DATA_DIR", BASE_DIR / "var", "folder for database, files and logs")
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
    parallel_jobs: int = setting("PARALLEL_JOBS", 10, "jobs of one user that run at the same time")
    max_upload_mib: int = setting("MAX_UPLOAD_MIB", 40, "largest photo file")
    max_megapixels: int = setting("MAX_MEGAPIXELS", 50, "largest photo")
    max_batch_files: int = setting("MAX_BATCH_FILES", 50, "photos in one batch")
    link_seconds: int = setting("LINK_SECONDS", 3600, "how long a link to a file works, at least")


def variables() -> list[tuple[str, str, str]]:
    """Name, default and words of every variable, in the order of README's table."""
    return [(f.metadata["name"], _shown(f.default), f.metadata["words"]) for f in fields(Config)]


def read_config(given: Mapping[str, str]) -> Config:
    """Reads and checks the environment. Raises ConfigError naming the first wrong variable."""
    values: dict[str, Any] = {}
    for each in fields(Config):
        name = each.metadata["name"]
        raw = given.get(name)
        values[each.name] = each.default if raw is None or raw == "" else _parse(name, raw, each.default)
    config = Config(**values)
    _check(config)
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
    Environment: "local or test",
}


def _check(config: Config) -> None:
    positive = [f for f in fields(Config) if type(f.default) in (int, float) and f.name != "cpu_nodes"]
    for each in positive:
        if not 0 < getattr(config, each.name) < math.inf:
            raise ConfigError(f"{each.metadata['name']} must be more than 0 and finite")
    if not 0 <= config.cpu_nodes <= 64:
        raise ConfigError("CPU_NODES must be between 0 and 64")
    if config.lease_renew_seconds * 2 > config.lease_seconds:
        raise ConfigError("LEASE_RENEW_SECONDS must be at most half of LEASE_SECONDS")
    try:
        environ.Env.email_url_config(config.email_url)
    except ImproperlyConfigured as error:
        raise ConfigError("EMAIL_URL must be an address such as smtp://user:password@host:587") from error
    if config.log_format not in ("console", "json"):
        raise ConfigError(f"LOG_FORMAT must be console or json, not {config.log_format!r}")
    if config.log_level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ConfigError(f"LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, not {config.log_level!r}")


def _shown(default: Any) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return ",".join(default)
    if isinstance(default, Path):
        return default.name
    return str(default)
