from __future__ import annotations

import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.services.postgres import Postgres
from tests.services.process import Server
from tests.services.rabbitmq import RabbitMQ
from tests.services.redis import Redis
from tests.services.s3 import KEY, S3, SECRET

BUCKET = "creator"


class Stack:
    """All four servers, started in parallel. `environ` holds the variables that the product reads."""

    def __init__(self, folder: Path | None = None) -> None:
        self.is_temporary = folder is None
        # Keep the path short: socket paths and Erlang node names have length limits.
        self.folder = folder or Path(tempfile.mkdtemp(prefix="creator-services-"))
        if self.is_temporary:
            self.folder.chmod(0o755)  # PostgreSQL may run as another user
        self.postgres = Postgres(self.folder)
        self.rabbitmq = RabbitMQ(self.folder)
        self.redis = Redis(self.folder)
        self.s3 = S3(self.folder)

    @property
    def servers(self) -> tuple[Server, ...]:
        return (self.postgres, self.rabbitmq, self.redis, self.s3)

    @property
    def environ(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.postgres.url,
            "BROKER_URL": self.rabbitmq.url,
            "REDIS_URL": self.redis.url,
            "S3_ENDPOINT_URL": self.s3.url,
            "S3_BUCKET": BUCKET,
            "S3_ACCESS_KEY_ID": KEY,
            "S3_SECRET_ACCESS_KEY": SECRET,
        }

    def start(self) -> None:
        """Starts all servers and creates the bucket. Raises Missing, which names the package to install."""
        with ThreadPoolExecutor() as pool:
            for started in [pool.submit(server.start) for server in self.servers]:
                started.result()
        self.s3.make_bucket(BUCKET)

    def close(self) -> None:
        """Kills all servers and removes the folder if it is temporary."""
        for server in self.servers:
            server.kill()
        if self.is_temporary:
            shutil.rmtree(self.folder, ignore_errors=True)
