"""Builds the settings of Django, Celery, Channels and django-storages from the configuration.

Where an address is configured, the outside server is used; otherwise a replacement inside the process.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import environ
from botocore.config import Config as S3Config
from kombu.entity import Exchange, Queue

from creator.config import Config
from creator.lib import bounds
from creator.lib.postgresql.connection import BoundedConnection

CLIENT_LOOKED_FOR_S = 1
DELIVERIES_AT_MOST = 3
QUEUES = ("jobs", "deliveries", "maintenance")
"""`jobs`: rings for workers that run jobs.

`deliveries`: rings for the outbox and looks at folders. `maintenance`: periodic tasks.
"""

ROUTES = {
    "jobs.run_next": "jobs",
    "platform.deliver": "deliveries",
    "drive.look": "deliveries",
    "drive.renew_channels": "deliveries",
}
PERIODIC = ("accounts.", "billing.", "drive.", "jobs.", "platform.")


def databases(config: Config) -> dict[str, Any]:
    """PostgreSQL with a pool per process, or SQLite."""
    return {"default": _postgres(config) if config.database_url else _sqlite(config)}


def _sqlite(config: Config) -> dict[str, Any]:
    """Transactions take the write lock when they begin: two that upgrade from reading to writing would fail."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": config.data_dir / "creator.sqlite3",
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;",
        },
        "TEST": {"NAME": config.data_dir / "test.sqlite3"},
    }


def _postgres(config: Config) -> dict[str, Any]:
    """The server ends statements that take too long, and those whose client is gone. The client does not rely
    on that: it stops waiting by itself, and TCP ends a connection whose packets are lost.
    """
    times = {
        "statement_timeout": config.statement_timeout_seconds,
        "lock_timeout": config.lock_timeout_seconds,
        "idle_in_transaction_session_timeout": 2 * config.statement_timeout_seconds,
        "client_connection_check_interval": CLIENT_LOOKED_FOR_S,
    }
    options = " ".join(f"-c {name}={int(seconds * 1000)}" for name, seconds in times.items())
    pool = {
        "connection_class": BoundedConnection,
        "min_size": 1,
        "max_size": config.database_pool,
        "timeout": bounds.DATABASE_POOL_S,
        # Each reconnect gives up after this long and starts over: its doubling pauses would grow as long as
        # the outage.
        "reconnect_timeout": bounds.DATABASE_POOL_S,
    }
    lost_packets = {
        "tcp_user_timeout": bounds.DATABASE_PACKETS_S * 1000,
        "keepalives_idle": bounds.DATABASE_PACKETS_S // 3,
        "keepalives_interval": bounds.DATABASE_PACKETS_S // 3,
        "keepalives_count": 2,
    }
    address: dict[str, Any] = environ.Env.db_url_config(config.database_url)
    return address | {
        "ENGINE": "creator.lib.postgresql",
        "CONN_HEALTH_CHECKS": True,  # a dead connection of the pool is replaced
        "OPTIONS": {
            "pool": pool,
            "options": options,
            "connect_timeout": bounds.DATABASE_CONNECT_S,
            "application_name": config.instance,
            **lost_packets,
        },
        "TEST": {"NAME": f"test_{config.instance}"},
    }


def caches(config: Config) -> dict[str, Any]:
    """Redis, whose outages the cache tolerates, or this process's memory."""
    if not config.redis_url:
        return {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    options = {
        "serializer": "creator.lib.json_cache.JsonSerializer",
        "socket_connect_timeout": bounds.CACHE_CONNECT_S,
        "socket_timeout": bounds.CACHE_REPLY_S,
    }
    return {
        "default": {
            "BACKEND": "creator.lib.redis_cache.ForgivingRedisCache",
            "LOCATION": config.redis_url,
            "KEY_PREFIX": config.instance,
            "VERSION": 2,  # 1 was pickled
            "OPTIONS": options,
        }
    }


def rate_limits(config: Config) -> dict[str, str]:
    """Counts in Redis that every process shares, or in this process's memory."""
    return {"redis_url": config.redis_url, "prefix": f"{config.instance}.limit"}


def channel_layers(config: Config) -> dict[str, Any]:
    """Wake-ups between processes over Redis, or inside this process."""
    if not config.redis_url:
        return {"default": {"BACKEND": "creator.lib.wakeups.in_process.EmbeddedChannelLayer"}}
    return {
        "default": {
            "BACKEND": "creator.lib.wakeups.over_redis.RedisChannelLayer",
            "CONFIG": {"hosts": [config.redis_url], "prefix": config.instance},
        }
    }


def files(config: Config) -> dict[str, Any]:
    """A bucket, or a folder that other users of the machine cannot read."""
    if not config.s3_bucket:
        options = {"location": config.data_dir / "files", "base_url": None, "file_permissions_mode": 0o600}
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    return {
        "BACKEND": "creator.lib.storage.bucket.PlainS3Storage",
        "OPTIONS": {
            "bucket_name": config.s3_bucket,
            "endpoint_url": config.s3_endpoint_url or None,
            "region_name": config.s3_region,
            "access_key": config.s3_access_key_id or None,
            "secret_key": config.s3_secret_access_key or None,
            "querystring_expire": config.link_seconds,
            "default_acl": None,
            "file_overwrite": True,  # our keys are unique: a check would cost a round trip
            "client_config": S3Config(
                connect_timeout=bounds.STORAGE_CONNECT_S,
                read_timeout=bounds.STORAGE_REPLY_S,
                retries={"mode": "standard", "total_max_attempts": bounds.STORAGE_TRIES},
                max_pool_connections=config.worker_threads,
                signature_version="s3v4",
                s3={"addressing_style": "path" if config.s3_endpoint_url else "auto"},
                request_checksum_calculation="when_required",
            ),
        },
    }


def file_origins(config: Config) -> list[str]:
    """Origins other than the site that browsers fetch pictures from."""
    address = config.s3_public_url or config.s3_endpoint_url
    if not config.s3_bucket:
        return []
    if not address:
        return [f"https://{config.s3_bucket}.s3.{config.s3_region}.amazonaws.com"]
    parts = urlsplit(address)
    return [f"{parts.scheme}://{parts.netloc}"]


def broker(config: Config) -> dict[str, Any]:
    """Celery's settings (without their prefix) for RabbitMQ, or for a queue in memory.

    Publishes are confirmed and have timeouts. Without confirms, messages vanish silently while the broker has
    a resource alarm; without timeouts, a dead connection blocks the publisher.
    """
    names = {name: queue_name(config, name) for name in QUEUES}
    common = {
        "TASK_DEFAULT_QUEUE": names["jobs"],
        "TASK_ROUTES": [lambda name, *_, **__: {"queue": names[queue_of(name)]}],
        "TASK_IGNORE_RESULT": True,
        "TASK_SERIALIZER": "json",
        "ACCEPT_CONTENT": ["json"],  # a pickle would be a program that runs while it is read
        "WORKER_PREFETCH_MULTIPLIER": 1,
        "WORKER_HIJACK_ROOT_LOGGER": False,
    }
    if not config.broker_url:
        return common | {
            "BROKER_URL": "memory://localhost",
            "BROKER_TRANSPORT_OPTIONS": {"polling_interval": 0.02},
        }
    return common | {
        "BROKER_URL": config.broker_url,
        "BROKER_TRANSPORT_OPTIONS": {
            "confirm_publish": True,
            "read_timeout": bounds.BROKER_REPLY_S,
            "write_timeout": bounds.BROKER_REPLY_S,
            "max_retries": 0,  # without a broker a ring is dropped: the sweep rings again
        },
        "BROKER_CONNECTION_TIMEOUT": bounds.BROKER_CONNECT_S,
        "BROKER_HEARTBEAT": bounds.BROKER_HEARTBEAT_S,
        "BROKER_CONNECTION_RETRY_ON_STARTUP": True,
        "BROKER_CONNECTION_MAX_RETRIES": None,
        "BROKER_CHANNEL_ERROR_RETRY": True,
        "TASK_PUBLISH_RETRY": False,
        "TASK_CREATE_MISSING_QUEUES": False,
        "TASK_QUEUES": [_quorum_queue(name) for name in names.values()],
    }


def queue_of(task: str) -> str:
    """Which of QUEUES a task goes to.

    Raises ValueError for a task of no known app: a queue would just lose it.
    """
    if task in ROUTES:
        return ROUTES[task]
    if task.startswith(PERIODIC):
        return "maintenance"
    raise ValueError(f"No queue is known for the task {task}: see creator.backends.queue_of.")


def queue_name(config: Config, name: str) -> str:
    """The queue's name on the broker: with the installation's name, except on the in-memory broker."""
    return f"{config.instance}.{name}" if config.broker_url else name


def _quorum_queue(name: str) -> Queue:
    arguments = {"x-queue-type": "quorum", "x-delivery-limit": DELIVERIES_AT_MOST}
    return Queue(name, Exchange(name, type="topic"), routing_key=name, queue_arguments=arguments)
