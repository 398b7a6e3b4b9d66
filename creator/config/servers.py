"""Addresses of outside servers. An empty address selects a replacement inside this process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from creator.config.declaration import setting

WEB = ("http://", "https://")


@dataclass(frozen=True)
class ServersConfig:
    """Database, broker, Redis and object store."""

    database_url: str = setting(
        "DATABASE_URL", "", "`postgres://user:password@host/name`; empty: SQLite under DATA_DIR"
    )
    database_pool: int = setting(
        "DATABASE_POOL", 20, "most PostgreSQL connections per process; workers need WORKER_THREADS plus two"
    )
    statement_timeout_seconds: float = setting(
        "STATEMENT_TIMEOUT_SECONDS", 30.0, "longest statement in PostgreSQL"
    )
    lock_timeout_seconds: float = setting(
        "LOCK_TIMEOUT_SECONDS", 10.0, "longest wait for a lock in PostgreSQL"
    )
    broker_url: str = setting(
        "BROKER_URL", "", "`amqp://user:password@host/vhost`; empty: a queue inside the process"
    )
    redis_url: str = setting("REDIS_URL", "", "`redis://:password@host:6379/0`; empty: memory of the process")
    s3_bucket: str = setting("S3_BUCKET", "", "bucket for files; empty: a folder under DATA_DIR")
    s3_endpoint_url: str = setting("S3_ENDPOINT_URL", "", "URL of the S3 server; empty: Amazon's")
    s3_public_url: str = setting(
        "S3_PUBLIC_URL", "", "URL at which browsers reach the S3 server, if it differs"
    )
    s3_region: str = setting("S3_REGION", "us-east-1", "region of the bucket")
    s3_access_key_id: str = setting("S3_ACCESS_KEY_ID", "", "empty: boto3's default credentials")
    s3_secret_access_key: str = setting("S3_SECRET_ACCESS_KEY", "", "empty: boto3's default credentials")

    def check_servers(self) -> Iterator[str]:
        """A sentence for each wrong setting."""
        for name, value, schemes in (
            ("DATABASE_URL", self.database_url, ("postgres://", "postgresql://")),
            ("BROKER_URL", self.broker_url, ("amqp://", "amqps://")),
            ("REDIS_URL", self.redis_url, ("redis://", "rediss://")),
            ("S3_ENDPOINT_URL", self.s3_endpoint_url, WEB),
            ("S3_PUBLIC_URL", self.s3_public_url, WEB),
        ):
            if value and not (value.startswith(schemes) and parts_of(value).scheme):
                yield f"{name} must be an address that starts with {' or '.join(schemes)}"


def parts_of(address: str) -> SplitResult:
    """The parts of an address; all are empty if it cannot be read, as in `redis://[cache`."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")
